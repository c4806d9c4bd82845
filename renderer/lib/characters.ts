/** Made for the first text that needs it: the browser loads tables for it, and a list of friends waited 30 ms for them. */
let segmenter: Intl.Segmenter | undefined;

/** A text cut into what people see as one character each, such as a letter with its marks or an emoji of several parts. */
export function charactersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

/**
 * Something that shows: no blank, control or format character, nor one that is ignored where it is not known (fillers,
 * joiners, variation selectors). The format characters that enclose digits do show.
 */
const VISIBLE =
  /[^\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\s\u2800]|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;

/** Whether anything of this text can be seen. */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

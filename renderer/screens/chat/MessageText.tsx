import { memo, useMemo } from 'react';
import { isFewEmoji } from '../../lib/emoji.ts';
import { cutAtPlaces, type TextPlace } from '../../lib/hit-places.ts';
import { splitLinks } from '../../lib/links.ts';
import { cutParts, foldAt } from '../../lib/long-text.ts';

/**
 * A message as text nodes; its links are pressed through a check, never followed by the page. Of a long one the
 * beginning, and a button for the rest.
 */
export const MessageText = memo(function MessageText({
  text,
  hits,
  tabIndex,
  onLink,
  unfolded,
  onFold,
}: {
  text: string;
  /** What was searched for, to be marked. */
  hits: readonly TextPlace[];
  /** Of its links and its button. */
  tabIndex: number;
  onLink: (url: string) => void;
  /** Shown whole, however long it is. */
  unfolded: boolean;
  onFold: (folded: boolean, button: HTMLElement) => void;
}) {
  const end = useMemo(() => foldAt(text), [text]);
  const all = useMemo(() => splitLinks(text), [text]);
  const folded = end !== undefined && !unfolded;
  const parts = folded ? cutParts(all, end) : all;
  let from = 0;
  const pieces = parts.map((part) => {
    const cut = cutAtPlaces(part.text, from, hits);
    from += part.text.length;
    let at = from - part.text.length;
    return cut.map(({ text, hit }, i) => {
      const start = at;
      at += text.length;
      if (!hit) return text;
      return (
        <mark key={i} data-start={start}>
          {text}
        </mark>
      );
    });
  });
  const classes = ['message-text'];
  if (isFewEmoji(text)) classes.push('large-emoji');
  if (folded) classes.push('folded');
  return (
    <>
      <span className={classes.join(' ')} dir="auto" data-testid="message-text">
        {parts.map((part, i) =>
          part.kind === 'text' ? (
            <span key={i}>{pieces[i]}</span>
          ) : (
            <a
              key={i}
              href={part.url}
              tabIndex={tabIndex}
              rel="noopener noreferrer nofollow"
              onAuxClick={(event) => event.preventDefault()}
              onClick={(event) => {
                event.preventDefault();
                onLink(part.url);
              }}
            >
              {pieces[i]}
            </a>
          ),
        )}
      </span>
      {end !== undefined && (
        <button
          type="button"
          className="text-button fold-button"
          tabIndex={tabIndex}
          onClick={({ currentTarget }) => onFold(!folded, currentTarget)}
        >
          {folded ? 'Show more' : 'Show less'}
        </button>
      )}
    </>
  );
});

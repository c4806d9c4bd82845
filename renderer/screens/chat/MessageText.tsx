import { memo, useMemo } from 'react';
import { isFewEmoji } from '../../lib/emoji.ts';
import { splitLinks } from '../../lib/links.ts';

/** A message as text nodes; its links are pressed through a check, never followed by the page. */
export const MessageText = memo(function MessageText({
  text,
  tabIndex,
  onLink,
}: {
  text: string;
  /** Of its links. */
  tabIndex: number;
  onLink: (url: string) => void;
}) {
  const parts = useMemo(() => splitLinks(text), [text]);
  const large = isFewEmoji(text);
  return (
    <span className={large ? 'message-text large-emoji' : 'message-text'} dir="auto" data-testid="message-text">
      {parts.map((part, i) =>
        part.kind === 'text' ? (
          <span key={i}>{part.text}</span>
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
            {part.text}
          </a>
        ),
      )}
    </span>
  );
});

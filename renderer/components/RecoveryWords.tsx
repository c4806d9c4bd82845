import { CopyButton } from './CopyButton.tsx';

/** The 24 words in a numbered grid. They stay out of print, see `styles/first-run.css`. */
export function RecoveryWords({ words }: { words: readonly string[] }) {
  return (
    <>
      <ol className="words" aria-label="Recovery words">
        {words.map((word, position) => (
          <li key={position}>
            <span className="word-number" aria-hidden="true">
              {position + 1}
            </span>
            <span className="word">{word}</span>
          </li>
        ))}
      </ol>
      <CopyButton text={words.join(' ')} label="Copy words" />
    </>
  );
}

/** Shows that the friend types. The place is kept free so that nothing jumps. */
export function TypingLine({ typing, name }: { typing: boolean; name: string }) {
  return (
    <div className="typing-line" data-testid="typing">
      {typing && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className="typing-words">
            <bdi>{name}</bdi> is typing…
          </span>
        </>
      )}
    </div>
  );
}

import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useAfterFrame } from '../hooks/use-after-frame.ts';
import { EMOJI_GROUPS, type Emoji, knownEmoji, searchEmoji } from '../lib/emoji.ts';
import { IconButton } from './Button.tsx';
import { useCloseOutside } from './Menu.tsx';

/** So many are in view at most; the others are four times as many, and first of all their signs are looked up in fonts. */
const FIRST_EMOJI = 72;

/** The button beside the composer and the little window it opens. */
export function EmojiButton({ recent, onPick }: { recent: readonly string[]; onPick: (emoji: string) => void }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  useCloseOutside(root, open, () => setOpen(false));
  const close = () => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  return (
    <div className="emoji" ref={root}>
      <IconButton
        icon="smile"
        label="Emoji"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <EmojiPanel
          id={id}
          recent={recent}
          onClose={close}
          onPick={(emoji) => {
            setOpen(false);
            onPick(emoji);
          }}
        />
      )}
    </div>
  );
}

function EmojiPanel({
  id,
  recent,
  onPick,
  onClose,
}: {
  id: string;
  recent: readonly string[];
  onPick: (emoji: string) => void;
  onClose: () => void;
}) {
  const [query, setQuery] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => search.current?.focus(), []);
  const all = query.trim() === '' ? groupsWith(recent) : [{ name: 'Found', emoji: searchEmoji(query) }];
  const groups = useAfterFrame() ? all : firstOf(all, FIRST_EMOJI);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    } else if (event.key === 'Enter' && event.target === search.current) {
      event.preventDefault();
      const first = groups[0]?.emoji[0];
      if (first && query.trim() !== '') onPick(first.sign);
    } else moveInGrid(event);
  };
  return (
    <div className="emoji-panel" id={id} role="dialog" aria-label="Emoji" onKeyDown={onKeyDown}>
      <input
        ref={search}
        className="input"
        aria-label="Search emoji"
        placeholder="Search emoji"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div className="emoji-scroll">
        {groups.map((group) => (
          <section key={group.name} aria-label={group.name}>
            <p className="emoji-group" aria-hidden="true">
              {group.name}
            </p>
            <div className="emoji-grid">
              {group.emoji.map(({ sign, name }) => (
                <button key={sign} type="button" title={name} aria-label={name} onClick={() => onPick(sign)}>
                  {sign}
                </button>
              ))}
            </div>
            {group.emoji.length === 0 && <p className="muted">Nothing found</p>}
          </section>
        ))}
      </div>
    </div>
  );
}

interface EmojiGroup {
  readonly name: string;
  readonly emoji: readonly Emoji[];
}

/** The groups with so many emoji in all, the last of them cut off. */
function firstOf(groups: readonly EmojiGroup[], count: number): EmojiGroup[] {
  let left = count;
  return groups
    .map(({ name, emoji }) => {
      const cut = { name, emoji: emoji.slice(0, Math.max(0, left)) };
      left -= emoji.length;
      return cut;
    })
    .filter(({ emoji }, at) => at === 0 || emoji.length > 0);
}

/** What was used last stands first. */
function groupsWith(recent: readonly string[]): readonly EmojiGroup[] {
  const emoji = knownEmoji(recent);
  return emoji.length === 0 ? EMOJI_GROUPS : [{ name: 'Recent', emoji }, ...EMOJI_GROUPS];
}

/** Arrow keys move by what is seen: left and right by one, up and down to the button above or below. */
function moveInGrid(event: KeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('.emoji-grid button')];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (event.key === 'ArrowDown' ? buttons[0] : undefined) : neighbour(buttons, at, event.key);
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function neighbour(buttons: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  if (key === 'ArrowRight') return buttons[at + 1];
  if (key === 'ArrowLeft') return buttons[at - 1];
  const from = buttons[at]!.getBoundingClientRect();
  const sameColumn = (button: HTMLElement) => Math.abs(button.getBoundingClientRect().left - from.left) < 2;
  if (key === 'ArrowDown') return buttons.slice(at + 1).find(sameColumn);
  if (key === 'ArrowUp') return buttons.slice(0, at).findLast(sameColumn);
  return undefined;
}

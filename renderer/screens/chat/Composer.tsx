import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { type FriendView, MAX_DRAFT_BYTES, MAX_TEXT_BYTES } from '../../../core/api/views.ts';
import { isVisible } from '../../../core/ids/visible.ts';
import { IconButton } from '../../components/Button.tsx';
import { EmojiButton } from '../../components/EmojiPicker.tsx';
import { useApp, useAppStore } from '../../hooks/app-context.ts';
import { useLasting } from '../../hooks/use-lasting.ts';
import { withRecent } from '../../lib/emoji.ts';
import { roomLeft } from '../../lib/room.ts';
import { displayName, plainLine } from '../../lib/safe-text.ts';
import { utf8Length } from '../../lib/utf8.ts';
import { useTypeAnywhere } from './use-type-anywhere.ts';
import { useTyping } from './use-typing.ts';

/** A message that waits longer for its answer is shown meanwhile: it stands neither here nor in the chat. */
const PATIENCE_MS = 1_000;
/** From here on the room left is shown. */
const SHOW_COUNTER_BYTES = MAX_TEXT_BYTES * 0.85;

/**
 * UTF-16 units. A longer text, which cannot be sent anyway, has no direction of its own: with one, Chromium takes over
 * 10 s for each change of 1.5 MB. It lays a paste out before the page hears of the new text, so that is too late.
 */
const MAX_AUTO_DIRECTION = MAX_TEXT_BYTES;

/** Where a message is written. What is typed is kept per chat. */
export function Composer({ friend }: { friend: FriendView }) {
  const { stores } = useApp();
  const enterSends = useAppStore('settings', ({ settings }) => settings.enterSends);
  const recentEmoji = useAppStore('settings', ({ settings }) => settings.recentEmoji);
  const { text, setText, send, sending, bytes } = useDraft(friend);
  const area = useRef<HTMLTextAreaElement>(null);
  useAutosize(area, text);
  useTypeAnywhere(area);
  useEffect(() => {
    area.current?.focus({ preventScroll: true });
    // A draft goes on where it stopped.
    area.current?.setSelectionRange(area.current.value.length, area.current.value.length);
  }, []);
  const name = displayName(friend);
  const over = bytes > MAX_TEXT_BYTES;
  const canSend = isVisible(text) && !over && sending === null;
  const lost = useAppStore('ui', (ui) => ui.coreLost);
  const waits = useLasting(sending !== null, PATIENCE_MS);
  const pickEmoji = (emoji: string) => {
    if (area.current !== null) insertAtCaret(area.current, emoji);
    const { settings, update } = stores.settings.getState();
    void update({ recentEmoji: withRecent(settings.recentEmoji, emoji) });
  };
  const submit = async () => {
    if (canSend && (await send())) area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    if (!sendsNow(event, enterSends)) return;
    event.preventDefault();
    // Who holds the key on which a chat was opened does not mean to send its draft.
    if (!event.repeat) void submit();
  };
  return (
    <>
      {waits && sending !== null && (
        <p className="composer-waits" role="status">
          {lost ? 'Waits for Parley to be connected again' : 'Being sent'}: <bdi>{plainLine(sending)}</bdi>
        </p>
      )}
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <EmojiButton recent={recentEmoji} onPick={pickEmoji} />
        <div className="composer-field">
          <textarea
            ref={area}
            className="input composer-input"
            aria-label={`Message to ${name}`}
            aria-describedby={over ? 'composer-count' : undefined}
            aria-invalid={over || undefined}
            data-testid="composer"
            dir={text.length > MAX_AUTO_DIRECTION ? undefined : 'auto'}
            rows={1}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onPaste={({ currentTarget, clipboardData }) => {
              const pasted = clipboardData.getData('text/plain').length;
              if (pasted === 0 && clipboardData.files.length > 0) {
                stores.ui.getState().toast({ text: 'Only text can be sent, no pictures or files.', tone: 'info' });
              }
              if (currentTarget.value.length + pasted > MAX_AUTO_DIRECTION) currentTarget.removeAttribute('dir');
            }}
            onBlur={() => stores.drafts.flush(friend.key)}
            onKeyDown={onKeyDown}
          />
          {text === '' && <Hint name={name} asked={friend.state === 'requested'} />}
        </div>
        {bytes >= SHOW_COUNTER_BYTES && (
          <span className={over ? 'room-left over' : 'room-left'} id="composer-count" role="status">
            {room(text, bytes)}
          </span>
        )}
        <IconButton icon="send" label="Send" type="submit" className="send-button" disabled={!canSend} />
      </form>
    </>
  );
}

/** What a placeholder would say, which cannot cut a name at its own end: one from right to left lost its beginning. */
function Hint({ name, asked }: { name: string; asked: boolean }) {
  return (
    <p className="composer-hint" aria-hidden="true">
      {!asked && <span>Message </span>}
      <bdi>{name}</bdi>
      {asked && <span> has not answered yet</span>}
    </p>
  );
}

function room(text: string, bytes: number): string {
  const left = roomLeft(text, MAX_TEXT_BYTES);
  if (bytes <= MAX_TEXT_BYTES) return left;
  return bytes <= MAX_DRAFT_BYTES ? `${left} to be sent` : `${left} to be sent, and not saved`;
}

function sendsNow(event: KeyboardEvent, enterSends: boolean): boolean {
  if (event.ctrlKey || event.metaKey) return true;
  return enterSends && !event.shiftKey && !event.altKey;
}

/** The text of the chat's draft, and sending it. A message the core refuses comes back, before what was typed since. */
function useDraft(friend: FriendView) {
  const { stores } = useApp();
  const text = useSyncExternalStore(stores.drafts.subscribe, () => stores.drafts.get(friend.key, friend.draft));
  const [sending, setSending] = useState<string | null>(null);
  const typing = useTyping(friend.key);
  const { key } = friend;
  const setText = useCallback(
    (next: string) => {
      stores.drafts.set(key, next);
      typing(next !== '');
    },
    [stores, key, typing],
  );
  /** What was typed since may be in the core's hands by now. */
  const present = () => stores.drafts.get(key, stores.friends.getState().friends.get(key)?.draft ?? '');
  const send = async () => {
    const sent = text;
    setText('');
    setSending(sent);
    const done = await stores.chat.getState().send(sent);
    setSending(null);
    if (done) stores.drafts.flush(key);
    else setText([sent, present()].filter((part) => part !== '').join('\n'));
    return done;
  };
  return { text, setText, send, sending, bytes: utf8Length(text) };
}

/** Grows with its text up to the limit of its style, then scrolls; anew when it gets another width, or less room. */
function useAutosize(area: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    if (area.current !== null) fit(area.current);
  }, [area, text]);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    let frame = 0;
    let width = element.offsetWidth;
    const fitSoon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => fit(element));
    };
    // A window that gets narrow squeezes it for a moment, until the list has gone: the window itself tells too early.
    const observer = new ResizeObserver(() => {
      if (width === element.offsetWidth) return;
      width = element.offsetWidth;
      fitSoon();
    });
    observer.observe(element);
    window.addEventListener('resize', fitSoon);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      window.removeEventListener('resize', fitSoon);
    };
  }, [area]);
}

function fit(area: HTMLTextAreaElement): void {
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight}px`;
  area.style.overflowY = area.scrollHeight > area.offsetHeight ? 'auto' : 'hidden';
}

/** Puts the text where the caret is, so that undo still works; React hears of it as of typing. */
function insertAtCaret(area: HTMLTextAreaElement, inserted: string): void {
  area.focus();
  if (document.execCommand('insertText', false, inserted)) return;
  area.setRangeText(inserted, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

import { useEffect } from 'react';
import { Button } from '../../components/Button.tsx';
import { useApp, useAppStore, useVoice } from '../../hooks/app-context.ts';
import { keyName } from '../../lib/call-words.ts';

/** With push-to-talk: the microphone is open while this, or the chosen key, is held. */
export function TalkButton() {
  const { voice } = useApp();
  const pushToTalk = useAppStore('sound', (choices) => choices.pushToTalk);
  const talkKey = useAppStore('sound', (choices) => choices.talkKey);
  const talking = useVoice((state) => state.talking);
  if (!pushToTalk) return null;
  const hold = (held: boolean) => () => voice.talk(held);
  return (
    <Button
      kind={talking ? 'primary' : 'plain'}
      icon="microphone"
      aria-pressed={talking}
      title={`Hold this or ${keyName(talkKey)}`}
      onPointerDown={hold(true)}
      onPointerUp={hold(false)}
      onPointerLeave={hold(false)}
      onKeyDown={(event) => {
        if (event.key === ' ' || event.key === 'Enter') voice.talk(true);
      }}
      onKeyUp={hold(false)}
      onBlur={hold(false)}
    >
      Talk
    </Button>
  );
}

/** Follows the key wherever the focus is, also in a dialog; a window that loses the focus hears no key go up. */
export function TalkKey(): null {
  const { voice } = useApp();
  const code = useAppStore('sound', ({ pushToTalk, talkKey }) => (pushToTalk ? talkKey : null));
  useEffect(() => {
    if (code === null) return;
    const end = () => voice.talk(false);
    const onKey = (event: KeyboardEvent) => {
      if (event.code !== code) return;
      event.preventDefault();
      voice.talk(event.type === 'keydown');
    };
    window.addEventListener('keydown', onKey, true);
    window.addEventListener('keyup', onKey, true);
    window.addEventListener('blur', end);
    return () => {
      end();
      window.removeEventListener('keydown', onKey, true);
      window.removeEventListener('keyup', onKey, true);
      window.removeEventListener('blur', end);
    };
  }, [code, voice]);
  return null;
}

import type { CallView } from '../../../core/api/views.ts';
import { useApp, useAppStore, useVoice } from '../../hooks/app-context.ts';
import { keyName, microphoneWords } from '../../lib/call-words.ts';

/** What the person should know of the sound of this call: nothing, when all is well. */
export function CallRemark({ call }: { call: CallView }) {
  const { stores, voice, shell } = useApp();
  const sound = useVoice((state) => state.sound);
  const microphone = useVoice((state) => state.microphone);
  const talking = useVoice((state) => state.talking);
  const pushToTalk = useAppStore('sound', (choices) => choices.pushToTalk);
  const talkKey = useAppStore('sound', (choices) => choices.talkKey);
  if (sound === 'elsewhere') {
    return (
      <Remark words="The sound of this call is in another window or program.">
        <button type="button" className="text-button" onClick={() => stores.calls.getState().take(call.call)}>
          Bring it here
        </button>
      </Remark>
    );
  }
  if (sound === 'failed') return <Remark words="This browser cannot send or play the sound of calls." />;
  const words = sound === 'here' ? microphoneWords(microphone, shell.kind) : null;
  if (words !== null) {
    return (
      <Remark words={words}>
        {microphone !== 'asking' && (
          <button type="button" className="text-button" onClick={() => voice.retryMicrophone()}>
            Try again
          </button>
        )}
      </Remark>
    );
  }
  if (pushToTalk && !talking && !call.muted && sound === 'here') {
    return <Remark words={`Hold ${keyName(talkKey)} to talk.`} />;
  }
  return null;
}

function Remark({ words, children }: { words: string; children?: React.ReactNode }) {
  return (
    <p className="call-remark" data-testid="call-remark" role="status">
      {words} {children}
    </p>
  );
}

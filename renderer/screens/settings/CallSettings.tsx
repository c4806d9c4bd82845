import { useState } from 'react';
import type { Settings } from '../../../core/api/views.ts';
import { Switch } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import { useAppStore } from '../../hooks/app-context.ts';
import { type DeviceChoice, useDevices } from '../../hooks/use-devices.ts';
import { MicrophoneCheck } from './MicrophoneCheck.tsx';
import { TalkKey } from './TalkKey.tsx';

/** Devices, how one talks, and what lengths of packets may tell. */
export function CallSettings({
  padCalls,
  onChange,
}: Pick<Settings, 'padCalls'> & { onChange: (change: Partial<Settings>) => void }) {
  const [opened, setOpened] = useState(false);
  const choices = useAppStore('sound', (sound) => sound);
  const { inputs, outputs } = useDevices(opened);
  const { input, output, pushToTalk, talkKey, choose } = choices;
  return (
    <section className="panel" aria-labelledby="set-calls" data-testid="call-settings">
      <h2 id="set-calls">Calls</h2>
      <Select
        label="Microphone"
        value={input}
        options={withSystem(inputs, input)}
        onChange={(value) => choose({ input: value })}
      />
      <Select
        label="Loudspeaker"
        value={output}
        options={withSystem(outputs, output)}
        onChange={(value) => choose({ output: value })}
      />
      <MicrophoneCheck input={input} output={output} onOpened={setOpened} />
      <Switch
        label="Push to talk"
        hint="Your microphone is open only while you hold a key, or the button in the call."
        checked={pushToTalk}
        onChange={(value) => choose({ pushToTalk: value })}
      />
      {pushToTalk && <TalkKey code={talkKey} onChange={(value) => choose({ talkKey: value })} />}
      <Switch
        label="Hide the rhythm of speech"
        hint="All packets of a call have one size and go out without a pause, so their lengths tell nothing of what is said. It costs about twice the traffic."
        checked={padCalls}
        onChange={(value) => onChange({ padCalls: value })}
      />
    </section>
  );
}

/** A device that was chosen and is not there stays chosen: it may come back. */
function withSystem(devices: readonly DeviceChoice[], chosen: string): DeviceChoice[] {
  const gone = chosen !== '' && devices.every(({ value }) => value !== chosen);
  return [
    { value: '', label: 'What the system chooses' },
    ...devices,
    ...(gone ? [{ value: chosen, label: 'The chosen one, not there now' }] : []),
  ];
}

import { useEffect, useRef, useState } from 'react';
import type { MicrophoneProblem } from '../../audio/microphone.ts';
import { MicrophoneTest, playBack, RECORDING_MS } from '../../audio/microphone-test.ts';
import { Button } from '../../components/Button.tsx';
import { LevelMeter } from '../../components/LevelMeter.tsx';
import { Remark } from '../../components/Notice.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { microphoneWords } from '../../lib/call-words.ts';

interface Props {
  readonly input: string;
  readonly output: string;
  readonly onOpened: (opened: boolean) => void;
}

/** Hears the chosen microphone for as long as this is shown and wanted. Nothing of it leaves this computer. */
export function MicrophoneCheck({ input, output, onOpened }: Props) {
  const { shell } = useApp();
  const [wanted, setWanted] = useState(false);
  const [test, setTest] = useState<MicrophoneTest | null>(null);
  const [problem, setProblem] = useState<MicrophoneProblem | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let open: MicrophoneTest | undefined;
    let gone = false;
    const start = async () => {
      await shell.allowMicrophone();
      const opened = await MicrophoneTest.open(input);
      if (typeof opened === 'string') return gone ? undefined : setProblem(opened);
      if (gone) return opened.close();
      open = opened;
      setTest(opened);
      onOpened(true);
    };
    setProblem(null);
    void start();
    return () => {
      gone = true;
      open?.close();
      setTest(null);
      onOpened(false);
    };
  }, [wanted, input, shell, onOpened]);
  return (
    <div className="microphone-check" data-testid="microphone-check">
      {problem !== null && <Remark tone="warning">{microphoneWords(problem, shell.kind)}</Remark>}
      {test !== null && <LevelMeter label="How loud you are" analyser={test.meter} />}
      <div className="button-row">
        <Button icon="microphone" aria-pressed={wanted} onClick={() => setWanted(!wanted)}>
          {wanted ? 'End the test' : 'Test the microphone'}
        </Button>
        {test !== null && <Recorder test={test} output={output} />}
      </div>
    </div>
  );
}

/** Records some seconds and plays them. */
function Recorder({ test, output }: { test: MicrophoneTest; output: string }) {
  const [state, setState] = useState<'idle' | 'recording' | 'playing'>('idle');
  const stop = useRef<() => void>(() => undefined);
  useEffect(() => () => stop.current(), []);
  const run = async () => {
    setState('recording');
    const stopped = new Promise<void>((resolve) => {
      stop.current = resolve;
    });
    const recording = await test.record(stopped);
    setState('playing');
    await playBack(recording, output).catch(() => undefined);
    setState('idle');
  };
  if (state === 'recording') return <Button onClick={() => stop.current()}>Stop and listen</Button>;
  return (
    <Button busy={state === 'playing'} onClick={() => void run()}>
      {state === 'playing' ? 'This is how you sound' : `Record ${RECORDING_MS / 1_000} seconds and listen`}
    </Button>
  );
}

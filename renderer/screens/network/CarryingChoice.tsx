import { type FormEvent, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Choice, Switch, TextField } from '../../components/Field.tsx';
import { useApp } from '../../hooks/app-context.ts';
import { carryingChoices, choiceOf, mibText, type CarryingChoice as Picked, parseMib } from '../../lib/carrying.ts';

/** A switch and a size for what this computer gives. Changes hold at once; a notice offers to undo them. */
export function CarryingChoice({ capacity }: { capacity: number }) {
  const { stores } = useApp();
  const { setCarrying, resumeCarrying } = stores.network.getState();
  const [typing, setTyping] = useState(false);
  const choose = (choice: Picked) => {
    setTyping(choice === 'other');
    if (choice !== 'other') void setCarrying(Number(choice));
  };
  const choice = typing ? 'other' : choiceOf(capacity);
  return (
    <div className="stack">
      <Switch
        label="Keep messages for others"
        hint="The network lives from computers that do. It costs room on the disk and a little traffic."
        checked={capacity > 0}
        onChange={(on) => {
          setTyping(false);
          void (on ? resumeCarrying() : setCarrying(0));
        }}
      />
      {capacity > 0 && (
        <>
          <Choice label="Room for them" value={choice} options={carryingChoices()} onChange={choose} />
          {choice === 'other' && <OtherSize key={capacity} capacity={capacity} onDone={() => setTyping(false)} />}
        </>
      )}
    </div>
  );
}

function OtherSize({ capacity, onDone }: { capacity: number; onDone: () => void }) {
  const { stores } = useApp();
  const [text, setText] = useState(() => mibText(capacity));
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseMib(text);
    if ('problem' in parsed) return setProblem(parsed.problem);
    await stores.network.getState().setCarrying(parsed.bytes);
    onDone();
  };
  return (
    <form className="form form-inline" onSubmit={(event) => void submit(event)}>
      <TextField
        label="Size in MiB"
        inputMode="numeric"
        dir="ltr"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        error={problem}
      />
      <Button type="submit" disabled={text.trim() === mibText(capacity)}>
        Set size
      </Button>
    </form>
  );
}

import { useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useAppStore } from '../../hooks/app-context.ts';
import { useToldHeight } from '../../hooks/use-told-height.ts';
import { currentCall, ringingCalls } from '../../stores/calls.ts';
import { CallBar } from './CallBar.tsx';
import { IncomingCall } from './IncomingCall.tsx';

/** Calls stand above everything else and stay there while one reads and writes. */
export function CallArea({ inDialog = false }: { inDialog?: boolean }) {
  const current = useAppStore('calls', currentCall);
  return (
    <>
      {current && <CallBar key={current.call} call={current} inDialog={inDialog} />}
      <RingingCalls />
    </>
  );
}

/** The same within a dialog, where what it covers is out of reach; the dialog makes room for them. */
export function CallsInDialog() {
  const ref = useRef<HTMLDivElement>(null);
  useToldHeight(ref, '--calls-height');
  return (
    <div ref={ref} className="calls-in-dialog">
      <CallArea inDialog />
    </div>
  );
}

function RingingCalls() {
  const current = useAppStore('calls', currentCall);
  const ringing = useAppStore('calls', useShallow(ringingCalls));
  return ringing.map((call) => <IncomingCall key={call.call} call={call} current={current} />);
}

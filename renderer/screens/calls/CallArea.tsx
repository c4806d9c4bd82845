import { useShallow } from 'zustand/react/shallow';
import { useAppStore } from '../../hooks/app-context.ts';
import { currentCall, ringingCalls } from '../../stores/calls.ts';
import { CallBar } from './CallBar.tsx';
import { IncomingCall } from './IncomingCall.tsx';

/** Calls stand above everything else and stay there while one reads and writes. */
export function CallArea() {
  const current = useAppStore('calls', currentCall);
  return (
    <>
      {current && <CallBar key={current.call} call={current} />}
      <RingingCalls />
    </>
  );
}

export function RingingCalls() {
  const current = useAppStore('calls', currentCall);
  const ringing = useAppStore('calls', useShallow(ringingCalls));
  return ringing.map((call) => <IncomingCall key={call.call} call={call} current={current} />);
}

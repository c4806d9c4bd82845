import { constants, getPriority, setPriority } from 'node:os';
import type { ApiEvent } from '../api/contract.ts';
import type { CoreService } from '../api/core-service.ts';
import type { Unsubscribe } from '../ports/events.ts';

/** How a process asks the system which place it has among the others, -20 (first) to 19; both may throw. */
export interface Priority {
  get(): number;
  set(priority: number): void;
}

const SYSTEM: Priority = { get: getPriority, set: setPriority };
/** States in which there is sound, or will be in a moment. */
const WITH_SOUND: ReadonlySet<string> = new Set(['connecting', 'active', 'reconnecting']);

/**
 * While there is a call, this process goes before ordinary programs where the system lets it (Windows does; Linux only
 * by special permission): sound that waits for a processor comes too late, and one call takes a few per cent of one.
 */
export function goFirstInCalls(service: Pick<CoreService, 'onEvent'>, priority: Priority = SYSTEM): Unsubscribe {
  const calls = new Set<string>();
  let before: number | undefined;
  const raise = (): void => {
    before = attempt(() => priority.get());
    if (before === undefined || before <= constants.priority.PRIORITY_ABOVE_NORMAL) return;
    attempt(() => priority.set(constants.priority.PRIORITY_ABOVE_NORMAL));
  };
  const lower = (): void => {
    const back = before;
    if (back !== undefined) attempt(() => priority.set(back));
  };
  return service.onEvent((event: ApiEvent) => {
    const were = calls.size;
    if (event.name === 'calls.changed') {
      const { call, state } = event.payload;
      if (WITH_SOUND.has(state)) calls.add(call);
      else calls.delete(call);
    }
    // A profile that is locked in the middle of a call tells nothing of it any more.
    if (event.name === 'profile.changed' && event.payload.state !== 'open') calls.clear();
    if (were === 0 && calls.size > 0) raise();
    else if (were > 0 && calls.size === 0) lower();
  });
}

/** What the system does not allow stays as it is. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

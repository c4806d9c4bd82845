import type { Clock } from '../../ports/clock.ts';
import type { StoreReads } from '../../store/types.ts';
import type { Commits } from '../commits.ts';
import type { NetworkSight } from './context.ts';
import type { Deposits } from './deposits.ts';
import type { Permits } from './permits.ts';
import type { Sealer } from './sealer.ts';

/** What all who write letters share. */
export interface MailParts {
  readonly read: StoreReads;
  readonly clock: Clock;
  readonly commits: Commits;
  readonly network: NetworkSight;
  readonly deposits: Deposits;
  readonly permits: Permits;
  readonly sealer: Sealer;
}

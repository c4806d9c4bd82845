import { type Method, requests } from '../../core/api/contract.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { between, seeded } from './random.ts';

export interface HostileRequest {
  readonly text: string;
  /** Set when the answer must carry it. */
  readonly id?: number;
}

export interface HostileOptions {
  readonly seed: number;
  readonly count: number;
  /** Key of a friend there is, so that some calls get further in. */
  readonly friend: string;
}

/** These would end the profile that the other calls are to be tried on, or take a second each by intention. */
const SPARED: ReadonlySet<string> = new Set<Method>(['profile.lock', 'profile.setPassphrase', 'profile.exportBackup']);
const NAMES: readonly string[] = [
  ...Object.keys(requests).filter((name) => !SPARED.has(name)),
  'toString',
  '__proto__',
  'constructor',
  'friends.list.call',
  '',
  'FRIENDS.LIST',
];
const MEMBERS = [
  'friend',
  'publicId',
  'text',
  'alias',
  'greeting',
  'query',
  'before',
  'after',
  'around',
  'limit',
  'id',
  'upTo',
  'typing',
  'words',
  'backup',
  'address',
  'name',
  'theme',
  '__proto__',
  'constructor',
];
/** Not requests at all. */
const NO_REQUESTS = ['', 'null', '7', '"text"', '[]', '[1,2]', '{}', '{"jsonrpc":"1.0","id":1}', '{"jsonrpc', '\u0000'];

/** Calls with every method and any parameters, and texts that are no calls. Equal options give equal requests. */
export function hostileRequests({ seed, count, friend }: HostileOptions): HostileRequest[] {
  const random = seeded(seed);
  const pick = <T>(values: readonly T[]): T => values[between(random, 0, values.length - 1)]!;
  const value = (depth: number): unknown => {
    const simple = [
      null,
      true,
      -1,
      0.5,
      1e308,
      Number.MAX_SAFE_INTEGER + 2,
      friend,
      friend.toUpperCase(),
      `${friend.slice(0, -1)}g`,
      'parley1qqqq',
      'x'.repeat(between(random, 0, 20_000)),
      '\ud800',
      '🦦'.repeat(5_000),
      pick(HOSTILE_TEXTS),
      "' OR 1=1 --",
      '"unbalanced AND (NEAR*',
      '127.0.0.1:1/00',
    ];
    if (depth > 2 || random() < 0.8) return pick(simple);
    if (random() < 0.5) return Array.from({ length: between(random, 0, 4) }, () => value(depth + 1));
    return members(depth + 1);
  };
  const members = (depth: number): unknown => {
    const entries = Array.from({ length: between(random, 0, 4) }, () => [pick(MEMBERS), value(depth)] as const);
    return Object.fromEntries(entries);
  };
  return Array.from({ length: count }, (_, index): HostileRequest => {
    if (random() < 0.1) return { text: pick(NO_REQUESTS) };
    const id = 1_000 + index;
    const method = pick(NAMES);
    const declared = Object.hasOwn(requests, method) ? Object.keys(requests[method as Method].args.entries) : [];
    // Of the right form more often than not, else all would end at the first check.
    const fitting = declared.map((name) => [name, name === 'friend' && random() < 0.7 ? friend : value(1)] as const);
    const params = random() < 0.7 ? Object.fromEntries(fitting) : members(0);
    return { id, text: JSON.stringify({ jsonrpc: '2.0', id, method, params }) };
  });
}

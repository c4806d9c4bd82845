import type { FakeCore } from './fake-core.ts';
import { SENTENCES, seededRandom } from './fake-data.ts';

const DAY_MS = 86_400_000;

/** What stands at the end of a made-up chat: states, and how many computers keep the message. */
const LAST_STATES = [
  ['read', 0],
  ['delivered', 0],
  ['stored', 2],
  ['failed', 0],
  ['expired', 0],
  ['sending', 1],
  ['sending', 0],
] as const;

const OUTCOMES = ['answered', 'missed', 'declined', 'unanswered', 'unreachable', 'failed'] as const;

/** States of the fake core to look at, chosen by `dev.html?scene=`. */
export const SCENES: Record<string, (core: FakeCore) => void> = {
  'first-run': () => undefined,
  locked: (core) => {
    openProfile(core);
    core.profile.passphrase = 'secret';
    core.profile.state = 'locked';
  },
  guarded: (core) => {
    openProfile(core);
    core.profile.passphrase = 'secret';
  },
  damaged: (core) => {
    openProfile(core);
    core.profile.state = 'damaged';
  },
  aside: (core) => {
    openProfile(core);
    core.profile.aside = [
      { folder: 'old-profile-2026-05-04-101500', setAsideAt: 1_777_889_700_000 },
      { folder: 'old-profile-2026-03-02-174200', setAsideAt: 1_772_473_320_000 },
    ];
  },
  empty: openProfile,
  busy: (core) => fill(core, 60),
  away: (core) => {
    openProfile(core);
    const { key } = core.put('Anna', { lastSeen: Date.now() - 26 * 60_000 });
    core.history.append({ friend: key, direction: 'in', text: 'Until Monday then', state: 'read' });
    core.put('Boris', { state: 'requested' });
  },
  calls: (core) => {
    openProfile(core);
    const { key } = core.put('Anna', { presence: 'online' });
    core.put('Boris', { presence: 'online' });
    const said = { friend: key, direction: 'in', state: 'read' } as const;
    core.history.append({ ...said, text: 'Shall we talk at six?' });
    for (const direction of ['in', 'out'] as const) {
      for (const outcome of OUTCOMES) {
        const call = { outcome, durationMs: outcome === 'answered' ? 754_000 : 0 };
        core.history.append({ ...said, direction, text: '', call });
      }
    }
    core.change(key, { lastMessage: core.history.last(key) });
  },
  long: (core) => fill(core, 100_000),
  crowd: (core) => {
    openProfile(core);
    for (let i = 0; i < 1_500; i++) core.put(`Friend ${i}`, { addedAt: Date.now() - i * 60_000 });
  },
};

function openProfile(core: FakeCore): void {
  core.profile.state = 'open';
  core.profile.name = 'Ada';
  core.profile.wordsConfirmed = true;
}

function fill(core: FakeCore, messages: number): void {
  openProfile(core);
  core.profile.wordsConfirmed = false;
  const now = Date.now();
  const grace = core.put('Grace Hopper', { presence: 'online', name: 'grace' });
  writeChat(core, grace.key, messages, now - 60_000);
  const alan = core.put('Alan', { lastSeen: now - 26 * 60_000, draft: 'I meant to say that' });
  writeChat(core, alan.key, 12, now - 3_000_000);
  const noor = core.put('نور الهدى', { presence: 'connecting' });
  core.history.append({
    friend: noor.key,
    direction: 'in',
    text: 'مرحبا، كيف حالك؟',
    state: 'read',
    at: now - 90_000_000,
  });
  core.put('Rosalind Franklin', {
    state: 'requested',
    addedAt: now - 200_000_000,
    request: { holders: 2, until: now + 9 * DAY_MS },
  });
  core.put('Katherine', { state: 'requested', addedAt: now - 200_000_000 });
  core.put('Mallory', { state: 'blocked' });
  for (const friend of core.friends.values()) {
    const lastMessage = core.history.last(friend.key);
    const unread = core.history.unread(friend.key);
    core.friends.set(friend.key, { ...friend, lastMessage, unread, addedAt: now - 300_000_000 });
  }
  core.request('Barbara', 'Hello Ada, we met at the library. It is Barbara, with the green bicycle.');
  core.network.links = [
    { friend: grace.key, address: '127.0.0.1:41234', rttMs: 0.7, epoch: 3, epochAgeMs: 95_000, nextEpochInMs: 85_000 },
  ];
}

/** A chat with every delivery state near its end. */
function writeChat(core: FakeCore, friend: string, count: number, end: number): void {
  const random = seededRandom(count);
  const start = end - count * 400_000;
  for (let i = 0; i < count; i++) {
    const direction = random() < 0.5 ? 'in' : 'out';
    const text = SENTENCES[Math.floor(random() * SENTENCES.length)]!;
    core.history.append({ friend, direction, text, state: 'read', at: start + i * 400_000 + random() * 300_000 });
  }
  for (const [state, holders] of LAST_STATES) {
    const custody = holders === 0 ? null : { holders, until: end + 14 * DAY_MS };
    const text = `This message is ${state}.`;
    core.history.append({ friend, direction: 'out', text, state, custody, at: end + 10_000 });
  }
}

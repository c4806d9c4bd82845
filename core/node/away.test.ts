import { afterEach, expect, it } from 'vitest';
import type { RunningCore } from './core-factory.ts';
import { nextEvent, RealCores } from './testing/real-core.ts';

const cores = new RealCores();
afterEach(() => cores.stopAll());

const CARRIERS = 4;
const LIMIT_MS = 60_000;

const publicIdOf = async (core: RunningCore): Promise<string> => {
  const profile = await core.handlers['profile.get']({});
  if (profile.state !== 'open') throw new Error(`the profile is ${profile.state}`);
  return profile.publicId;
};

async function carriers(): Promise<string[]> {
  const first = await cores.start();
  const bootstrap = [first.info().bootstrapAddress];
  for (let i = 1; i < CARRIERS; i++) await cores.start({ bootstrap });
  return bootstrap;
}

const isStored = (text: string) => (change: { messages: readonly { text: string; state: string }[] }) =>
  change.messages.some((message) => message.text === text && message.state === 'stored');

/** Someone with a profile that stays when they are stopped. */
async function person(name: string, bootstrap: readonly string[]) {
  const dataDir = await cores.folder();
  const core = await cores.start({ dataDir, bootstrap });
  await core.handlers['profile.create']({ name });
  return { core, dataDir, bootstrap, publicId: await publicIdOf(core) };
}
type Someone = Awaited<ReturnType<typeof person>>;

const comeUp = ({ dataDir, bootstrap }: Someone) => cores.start({ dataDir, bootstrap });

it('a request, its answer and messages reach people who are never up at the same time', {
  timeout: 4 * LIMIT_MS,
}, async () => {
  const bootstrap = await carriers();
  const ann = await person('Ann', bootstrap);
  const bob = await person('Bob', bootstrap);
  await cores.stop(bob.core);

  const kept = nextEvent(ann.core, 'friends.changed', ({ friend }) => (friend?.request?.holders ?? 0) >= 2);
  await ann.core.handlers['friends.add']({ publicId: bob.publicId, alias: 'Bob', greeting: 'It is me' });
  await kept;
  await cores.stop(ann.core);

  const bobAgain = await comeUp(bob);
  const [waiting] = await bobAgain.handlers['friends.requests']({});
  const request = waiting ?? (await nextEvent(bobAgain, 'friends.requested')).request!;
  expect(request).toMatchObject({ greeting: 'It is me' });
  await bobAgain.handlers['friends.accept']({ publicId: request.publicId, alias: 'Ann' });
  const stored = nextEvent(bobAgain, 'messages.changed', isStored('welcome'));
  await bobAgain.handlers['messages.send']({ friend: request.key, text: 'welcome' });
  await stored;
  await cores.stop(bobAgain);

  const annAgain = await comeUp(ann);
  const [friend] = await annAgain.handlers['friends.list']({});
  if (friend!.lastMessage === null) await nextEvent(annAgain, 'messages.received');
  expect(await annAgain.handlers['friends.list']({})).toMatchObject([
    { state: 'friend', lastMessage: { text: 'welcome' } },
  ]);
});

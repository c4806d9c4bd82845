import type { FriendView, ProfileView } from '../../core/api/views.ts';
import type { NodeProcess } from './node-process.ts';
import type { Scene } from './scene.ts';
import { until } from './until.ts';

/** A person whose node a test drives by its contract. */
export interface Person {
  readonly node: NodeProcess;
  /** The profile key, 64 hex digits. */
  readonly key: string;
  readonly publicId: string;
}

type OpenProfile = Extract<ProfileView, { state: 'open' }>;

export async function openProfile(node: NodeProcess): Promise<OpenProfile> {
  const profile = await node.client.call('profile.get');
  if (profile.state !== 'open') throw new Error(`the profile of ${node.name} is ${profile.state}`);
  return profile;
}

export async function asPerson(node: NodeProcess): Promise<Person> {
  const { key, publicId } = await openProfile(node);
  return { node, key, publicId };
}

/** A bootstrap node without a profile, and a person for each name who knows nothing but that node. */
export async function people<const N extends string>(
  scene: Scene,
  ...names: readonly N[]
): Promise<Record<N | 'bootstrap', Person>> {
  const door = await scene.node({ name: 'bootstrap' });
  const bootstrap = [door.ready.bootstrap];
  const made = await Promise.all(
    names.map(async (name) => [name, await asPerson(await scene.node({ name, profile: name, bootstrap }))] as const),
  );
  const nobody: Person = { node: door, key: '', publicId: '' };
  return Object.fromEntries([...made, ['bootstrap', nobody]]) as Record<N | 'bootstrap', Person>;
}

/** `a` asks, `b` accepts; resolves when each sees the other online. Aliases are the nodes' names. */
export async function befriend(a: Person, b: Person): Promise<void> {
  await a.node.client.call('friends.add', { publicId: b.publicId, alias: b.node.name, greeting: 'It is me' });
  await until('the request arrives', async () => {
    const requests = await b.node.client.call('friends.requests');
    return requests.some((request) => request.key === a.key);
  });
  await b.node.client.call('friends.accept', { publicId: a.key, alias: a.node.name });
  await Promise.all([online(a, b), online(b, a)]);
}

/** Resolves when `viewer` sees `other` online. */
export async function online(viewer: Person, other: Person): Promise<void> {
  await until(`${viewer.node.name} sees ${other.node.name} online`, async () => {
    return (await friendOf(viewer, other)).presence === 'online';
  });
}

/** @throws when they do not have each other in their list. */
export async function friendOf(viewer: Person, other: Person): Promise<FriendView> {
  const friends = await viewer.node.client.call('friends.list');
  const found = friends.find((friend) => friend.key === other.key);
  if (found === undefined) throw new Error(`${viewer.node.name} does not know ${other.node.name}`);
  return found;
}

/** Sends a text by the contract and waits until the other side has it. */
export async function deliver(from: Person, to: Person, text: string): Promise<void> {
  await from.node.client.call('messages.send', { friend: to.key, text });
  await until(`"${text}" arrives`, async () => (await textsOf(to, from)).includes(text));
}

export async function textsOf(person: Person, other: Person): Promise<string[]> {
  const messages = await person.node.client.call('messages.list', { friend: other.key });
  return messages.map((message) => message.text);
}

/** The address to which `from` sends what is for `to`; undefined without a link. */
export async function linkAddress(from: Person, to: Person): Promise<string | undefined> {
  const { links } = await from.node.client.call('network.status');
  return links.find(({ friend }) => friend === to.key)?.address;
}

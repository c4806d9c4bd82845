import type { FriendView, MessageView, NetworkStatus, NodeView } from '../../core/api/views.ts';
import { fromHex, inviteTag, profileKey } from '../../core/ids/bytes.ts';
import { encodePublicId } from '../../core/ids/public-id.ts';

/** Deterministic numbers from 0 to below 1 (mulberry32), so that pictures and tests are the same each time. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `digits` hexadecimal digits. */
export function randomHex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits) text += Math.floor(random() * 16).toString(16);
  return text;
}

/** A real public ID text of a key and tag in hex. */
export function publicIdOf(key: string, tag: string): string {
  return encodePublicId({ key: profileKey(fromHex(key)!), tag: inviteTag(fromHex(tag)!) });
}

/** A friend with sensible defaults. */
export function makeFriend(key: string, change: Partial<FriendView> = {}): FriendView {
  return {
    key,
    publicId: publicIdOf(key, '00000000'),
    alias: '',
    name: '',
    state: 'friend',
    presence: 'offline',
    lastSeen: null,
    addedAt: 0,
    unread: 0,
    typing: false,
    draft: '',
    lastMessage: null,
    request: null,
    ...change,
  };
}

/** A message with sensible defaults. */
export function makeMessage(change: Partial<MessageView> & Pick<MessageView, 'friend' | 'order'>): MessageView {
  return {
    id: change.order.toString(16).padStart(32, '0'),
    direction: 'in',
    text: `Message ${change.order}`,
    sentAt: change.order * 1000,
    storedAt: change.order * 1000,
    state: 'read',
    custody: null,
    ...change,
  };
}

function makeNode(random: () => number, index: number): NodeView {
  return {
    nodeId: randomHex(random, 64),
    address: `127.0.0.1:${40_000 + index}`,
    rttMs: random() < 0.1 ? null : 0.4 + random() ** 3 * 300,
    lastSeenMsAgo: Math.floor(random() * 90_000),
    failures: random() < 0.06 ? 2 : 0,
  };
}

/** A network page with a well-filled routing table. */
export function makeNetwork(random: () => number): NetworkStatus {
  const sizes = [20, 20, 20, 17, 11, 6, 4, 2, 1];
  let index = 0;
  const buckets = sizes.map((size, prefix) => ({
    prefix,
    capacity: 20,
    nodes: Array.from({ length: size }, () => makeNode(random, index++)),
  }));
  const nodes = buckets.flatMap((bucket) => bucket.nodes);
  const neighbours = nodes.filter((node) => node.rttMs !== null).sort((a, b) => a.rttMs! - b.rttMs!);
  const nodeKey = randomHex(random, 64);
  return {
    running: true,
    nodeId: randomHex(random, 64),
    nodeKey,
    port: 49_733,
    addresses: ['127.0.0.1:49733', '[::1]:49733'],
    publicAddress: '127.0.0.1:49733',
    bootstrapAddress: `127.0.0.1:49733/${nodeKey}`,
    reachability: 'reachable',
    reachabilityReason: 'Three nodes in different networks reached this port unasked.',
    leaf: false,
    leafReason: 'This computer takes part in routing: it hands on what others look for.',
    lan: false,
    nodeCount: nodes.length,
    buckets,
    neighbours: neighbours.slice(0, 8),
    bootstrap: [
      { address: `127.0.0.1:40000/${randomHex(random, 64)}`, state: 'answered', builtIn: true },
      { address: `127.0.0.1:40001/${randomHex(random, 64)}`, state: 'silent', builtIn: false },
    ],
    links: [],
    carried: { envelopes: 1_248, bytes: 41_900_000, destinations: 37, capacity: 256 * 1024 * 1024 },
    held: { envelopes: 2 },
    relay: { taken: 3_120, handedOn: 402, freed: 1_398, expired: 72 },
    traffic: { bytesIn: 1_834_221, bytesOut: 1_220_904, packetsIn: 9_321, packetsOut: 8_775 },
    dropped: { 'bad-packet': 3, 'rate-limit': 41, replay: 2 },
  };
}

/** Ordinary sentences for made-up chats. */
export const SENTENCES = [
  'Good morning! Did you sleep well?',
  'I found the place we talked about. It is right behind the old station.',
  'Yes.',
  'Look at this: https://example.org/parley/notes?from=chat#part-2',
  'Could you bring the blue folder tomorrow?\nThe one with the drawings, not the other one.',
  '👍',
  'שלום! מה שלומך היום?',
  'I am not sure yet. Let me ask around and tell you in the evening.',
  'That would be wonderful 🎉',
  'The train is late again, about twenty minutes. Do not wait for me with the food, I will eat something on the way and be there as soon as I can.',
  'Haha, exactly',
  'ok',
  'When does it begin?',
  'Half past seven, but the doors open at seven.',
] as const;

/** English words that look like recovery words; not the real list, whose checksum only the core knows. */
export const FAKE_WORDS =
  'anchor bicycle candle dolphin elegant forest garden harbor island jacket kitchen lantern mountain notable orange pepper quality ribbon silver tunnel umbrella velvet window yellow'.split(
    ' ',
  );

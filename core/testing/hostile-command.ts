import { type CommandHost, parseFlags } from './command-host.ts';
import { HOSTILITIES, HostileCarriers, type Hostility } from './hostile-carriers.ts';
import { quantile } from './measure-overlay.ts';
import { type Carrier, Destination, RelayWorld } from './relay-world.ts';
import { timeText } from './time-text.ts';

export const HOSTILE_USAGE = `npm run simulate -- hostile [OPTION]...

  --nodes N          size of the network (150)
  --share S,S,...    shares of hostile nodes (0,0.05,0.2)
  --copies N         intermediaries of an envelope (2)
  --messages N       in chats of five (200)
  --seed TEXT        another run (parley)
`;
const CHAT_LENGTH = 5;
const SENDING_LIMIT_MS = 120_000;
/** Long enough for a sender that stays to send again what it believes to be stored (`core/relay/deposits.ts`). */
const AWAY_MS = 80 * 60_000;
const PATIENCE_MS = 10 * 60_000;
const LOSS = 0.02;

export interface HostileOptions {
  readonly nodes: number;
  readonly share: number;
  readonly copies: number;
  readonly messages: number;
  readonly seed: string;
  /** All hostile nodes are of these kinds, in turn. */
  readonly kinds?: readonly Hostility[];
  /** Destinations come up that long after the sending. */
  readonly awayMs?: number;
}

export interface HostileResult {
  readonly sent: number;
  readonly stored: number;
  /** Never arrived, of those whose sender was gone for good as soon as it saw them stored, and of the others. */
  readonly lostSenderGone: number;
  readonly lostSenderStays: number;
  readonly doubled: number;
  /** Times that honest nodes found somebody out who claimed to have what it had not. */
  readonly foundOut: number;
  readonly deliveryMs: readonly number[];
}

/** Undefined when the arguments make no sense. */
export function parseHostileArguments(args: readonly string[]): readonly HostileOptions[] | undefined {
  const found = parseFlags(args, { values: ['nodes', 'share', 'copies', 'messages', 'seed'] });
  if (found === undefined) return undefined;
  const nodes = Number(found.get('nodes') ?? 150);
  const copies = Number(found.get('copies') ?? 2);
  const messages = Number(found.get('messages') ?? 200);
  const shares = (found.get('share') ?? '0,0.05,0.2').split(',').map(Number);
  const counts = [nodes, messages].every((count) => Number.isInteger(count) && count >= 2 * CHAT_LENGTH);
  if (!counts || ![1, 2, 3].includes(copies) || !shares.every((share) => share >= 0 && share < 0.5)) return undefined;
  return shares.map((share) => ({ nodes, share, copies, messages, seed: found.get('seed') ?? 'parley' }));
}

/** Runs all that is asked for; what it prints is Markdown. */
export async function simulateHostile(host: CommandHost, runs: readonly HostileOptions[]): Promise<void> {
  host.print('| hostile | sent | stored | lost, sender gone | lost, sender stays | doubled | delivered p50 / p99 |\n');
  host.print('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n');
  for (const options of runs) {
    const { sent, stored, lostSenderGone, lostSenderStays, doubled, deliveryMs } = await measureHostile(options);
    const times = [0.5, 0.99].map((share) => timeText(quantile(deliveryMs, share))).join(' / ');
    const half = sent / 2;
    const lost = [`${lostSenderGone} of ${half}`, `${lostSenderStays} of ${half}`];
    host.print(`| ${[`${options.share * 100} %`, sent, stored, ...lost, doubled, times].join(' | ')} |\n`);
  }
}

interface Chat {
  readonly sender: Carrier;
  readonly home: Carrier;
  readonly to: Destination;
  readonly senderStays: boolean;
  readonly names: Set<string>;
  readonly deliveryMs: number[];
}

/** A network with hostile carriers at packet level: how much of what honest people send arrives, and how late. */
export async function measureHostile(options: HostileOptions): Promise<HostileResult> {
  const { nodes, share, copies, messages, seed } = options;
  const net = new RelayWorld(`${seed} ${share}`, { copies }, { tracePackets: 0, conditions: { loss: LOSS } });
  const hostile = await growMixed(net, nodes, share, options.kinds ?? HOSTILITIES);
  const honest = net.story.random.shuffle(net.carriers.filter((carrier) => !hostile.isHostile(carrier)));
  const chats = Array.from({ length: Math.ceil(messages / CHAT_LENGTH) }, (_, i) => chatOf(net, honest, i));
  const stored = await sendAll(net, chats);
  await net.story.pass(options.awayMs ?? AWAY_MS);
  await receiveAll(net, chats);
  const lost = (stays: boolean) =>
    chats.filter(({ senderStays }) => senderStays === stays).reduce((sum, { names }) => sum + names.size, 0);
  const arrivals = chats.reduce((sum, { to }) => sum + to.arrived.length, 0);
  const distinct = chats.reduce((sum, { to }) => sum + new Set(to.arrived.map(({ name }) => name)).size, 0);
  return {
    sent: chats.length * CHAT_LENGTH,
    stored,
    lostSenderGone: lost(false),
    lostSenderStays: lost(true),
    doubled: arrivals - distinct,
    foundOut: net.carriers.reduce((sum, { transport }) => sum + transport.drops.get('audit-failed'), 0),
    deliveryMs: chats.flatMap(({ deliveryMs }) => deliveryMs).sort((a, b) => a - b),
  };
}

/** The first nodes are honest: an entry point that lies would only be replaced. */
async function growMixed(
  net: RelayWorld,
  nodes: number,
  share: number,
  kinds: readonly Hostility[],
): Promise<HostileCarriers> {
  const random = net.story.random.fork('hostile');
  const hostile = new HostileCarriers(random);
  await net.grow(Math.round(nodes * (1 - share)), 1_000);
  for (let i = 0; i < Math.round(nodes * share); i++) {
    const carrier = await net.carrier({ corrupt: hostile.making(kinds[i % kinds.length]!, net.story.clock) });
    hostile.join(carrier);
    await net.story.pass(20);
  }
  await net.story.pass(60_000);
  return hostile;
}

function chatOf(net: RelayWorld, honest: readonly Carrier[], number: number): Chat {
  const sender = honest[number % honest.length]!;
  const home = honest[(number + Math.floor(honest.length / 2)) % honest.length]!;
  const senderStays = number % 2 === 0;
  return { sender, home, to: new Destination(net), senderStays, names: new Set(), deliveryMs: [] };
}

/** @returns how many were seen as stored */
async function sendAll(net: RelayWorld, chats: readonly Chat[]): Promise<number> {
  const sent = chats.map((chat) => Array.from({ length: CHAT_LENGTH }, () => chat.sender.send(chat.to)));
  for (const [i, chat] of chats.entries()) for (const { name } of sent[i]!) chat.names.add(name);
  await net.story.pass(SENDING_LIMIT_MS);
  let stored = 0;
  for (const [i, { sender, senderStays }] of chats.entries()) {
    stored += sent[i]!.filter((envelope) => sender.isStored(envelope)).length;
    // Gone for good as a sender; its node goes on, so that the network is the same for all.
    if (!senderStays) for (const { deposit } of sender.deposits) deposit.close();
  }
  return stored;
}

async function receiveAll(net: RelayWorld, chats: readonly Chat[]): Promise<void> {
  const { clock } = net.story;
  const since = clock.now();
  for (const { to, home } of chats) to.comesUpAt(home);
  const look = clock.every(20, () => {
    for (const { to, names, deliveryMs } of chats) {
      for (const { name } of to.arrived) if (names.delete(name)) deliveryMs.push(clock.now() - since);
    }
  });
  await net.story.pass(PATIENCE_MS);
  look.cancel();
}

import { equalBytes, type NodeId, type ProfileKey, toHex } from '../../ids/bytes.ts';
import { placeOf } from '../../link/identity.ts';
import type { Channel, Introduction, Invited, Link, LinkDownReason, LinkManager, OwnDoor } from '../../link/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../../ports/events.ts';

export interface LinkNetworkOptions {
  /** One way, in ms. */
  readonly latencyMs?: number;
  /** From when both want it until a link is up. */
  readonly connectMs?: number;
  /** Bytes on their way above which `send` says false. */
  readonly highWaterBytes?: number;
}

/**
 * Links without a network: two managers of one LinkNetwork have a link while both are started, have each other as
 * friends, one of them looks for the other where that one is, and nobody has cut them off. Frames take `latencyMs`; those on their way when a link breaks are lost.
 */
export class LinkNetwork {
  readonly latencyMs: number;
  readonly highWaterBytes: number;
  readonly clock: Clock;
  readonly #connectMs: number;
  readonly #managers = new Map<string, LinkDouble>();
  readonly #cut = new Set<string>();
  /** Asked for every datagram; tests replace it. */
  losesDatagram: () => boolean = () => false;
  /** Links look up, but frames that arrive now vanish. */
  deaf = false;
  #late: { readonly at: ProfileKey; readonly reads: (() => void)[] } | undefined;
  /** Introductions that found nobody or carried a wrong tag. */
  lostIntroductions = 0;

  constructor(clock: Clock, options: LinkNetworkOptions = {}) {
    this.clock = clock;
    this.latencyMs = options.latencyMs ?? 10;
    this.#connectMs = options.connectMs ?? 50;
    this.highWaterBytes = options.highWaterBytes ?? 256 * 1024;
  }

  /**
   * Takes the place of an earlier manager of that key, which hears nothing any more.
   * @param home where friends find it; absent: anywhere
   */
  manager(key: ProfileKey, home?: NodeId): LinkDouble {
    this.#managers.get(toHex(key))?.kill();
    const manager = new LinkDouble(this, key, home);
    this.#managers.set(toHex(key), manager);
    return manager;
  }

  find(key: Uint8Array): LinkDouble | undefined {
    return this.#managers.get(toHex(key));
  }

  /** Breaks the link of these two, at once and without a word, and keeps it from coming back until `join`. */
  cut(a: ProfileKey, b: ProfileKey): void {
    this.#cut.add(pairName(a, b));
    const link = this.find(a)?.linkDouble(b);
    link?.pair.breakNow('silent');
  }

  join(a: ProfileKey, b: ProfileKey): void {
    this.#cut.delete(pairName(a, b));
    const manager = this.find(a);
    if (manager !== undefined) this.consider(manager, b);
  }

  /** What comes to this one from now on waits for what was lost before it. @returns brings it, read after read */
  holdReads(at: ProfileKey): () => void {
    const reads: (() => void)[] = [];
    this.#late = { at, reads };
    return () => {
      this.#late = undefined;
      for (const read of reads) read();
    };
  }

  /** For channels. */
  bring(to: ProfileKey, read: () => void): void {
    if (this.#late !== undefined && equalBytes(this.#late.at, to)) this.#late.reads.push(read);
    else read();
  }

  /** Makes the link of these two if it may be. */
  consider(a: LinkDouble, peer: ProfileKey): void {
    const b = this.find(peer);
    if (b === undefined || !this.#wanted(a, b)) return;
    a.announceConnecting(peer);
    this.clock.after(this.#connectMs, () => {
      a.doneConnecting(peer);
      if (this.#wanted(a, b) && this.find(peer) === b) new LinkPair(this, a, b);
    });
  }

  #wanted(a: LinkDouble, b: LinkDouble): boolean {
    if (!a.started || !b.started || this.#cut.has(pairName(a.key, b.key))) return false;
    if (!a.finds(b) && !b.finds(a)) return false;
    return a.hasFriend(b.key) && b.hasFriend(a.key) && a.linkTo(b.key) === undefined && b.linkTo(a.key) === undefined;
  }
}

function pairName(a: Uint8Array, b: Uint8Array): string {
  return [toHex(a), toHex(b)].sort().join();
}

class LinkPair {
  readonly network: LinkNetwork;
  readonly ends: readonly [LinkEnd, LinkEnd];
  broken = false;

  constructor(network: LinkNetwork, a: LinkDouble, b: LinkDouble) {
    this.network = network;
    this.ends = [new LinkEnd(this, a, b), new LinkEnd(this, b, a)];
    for (const end of this.ends) end.owner.linkUp(end);
  }

  other(end: LinkEnd): LinkEnd {
    return this.ends[0] === end ? this.ends[1] : this.ends[0];
  }

  breakNow(reason: LinkDownReason, closer?: LinkEnd): void {
    if (this.broken) return;
    this.broken = true;
    for (const end of this.ends) end.owner.linkDown(end, end === closer ? 'closed' : reason);
  }
}

class LinkEnd implements Link {
  readonly pair: LinkPair;
  readonly owner: LinkDouble;
  readonly peer: ProfileKey;
  readonly #channels = new Map<number, ChannelDouble>();
  readonly #datagrams = new Map<number, Set<(payload: Uint8Array) => void>>();

  constructor(pair: LinkPair, owner: LinkDouble, other: LinkDouble) {
    this.pair = pair;
    this.owner = owner;
    this.peer = other.key;
  }

  get up(): boolean {
    return !this.pair.broken;
  }

  channel(number: number): ChannelDouble {
    let channel = this.#channels.get(number);
    if (channel === undefined) {
      channel = new ChannelDouble(this, number);
      this.#channels.set(number, channel);
    }
    return channel;
  }

  sendDatagram(kind: number, payload: Uint8Array): boolean {
    const { pair } = this;
    if (pair.broken) return false;
    const { network } = pair;
    if (network.losesDatagram()) return true;
    network.clock.after(network.latencyMs, () => {
      if (!pair.broken) for (const listener of pair.other(this).#datagrams.get(kind) ?? []) listener(payload);
    });
    return true;
  }

  onDatagram(kind: number, listener: (payload: Uint8Array) => void): Unsubscribe {
    const listeners = this.#datagrams.get(kind) ?? new Set();
    this.#datagrams.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  stats() {
    const remote = { host: '127.0.0.1', port: 1 };
    return { remote, rttMs: 2 * this.pair.network.latencyMs, epoch: 0, epochAgeMs: 0, nextEpochInMs: 180_000 };
  }

  close(): void {
    this.pair.breakNow('closed-by-peer', this);
  }
}

class ChannelDouble implements Channel {
  readonly #end: LinkEnd;
  readonly #number: number;
  readonly #drain = new Emitter<void>();
  #listener: ((frames: Uint8Array[]) => void) | undefined;
  #leaving: Uint8Array[] = [];
  #pendingBytes = 0;
  #full = false;

  constructor(end: LinkEnd, number: number) {
    this.#end = end;
    this.#number = number;
  }

  /** Frames sent in one tick arrive as one read. */
  send(frame: Uint8Array): boolean {
    if (!this.#end.up) return false;
    const { network } = this.#end.pair;
    if (this.#leaving.length === 0) network.clock.after(network.latencyMs, () => this.#arrive());
    this.#leaving.push(frame);
    this.#pendingBytes += frame.length;
    this.#full = this.#pendingBytes > network.highWaterBytes;
    return !this.#full;
  }

  onFrames(listener: (frames: Uint8Array[]) => void): void {
    this.#listener = listener;
  }

  onDrain(listener: () => void): Unsubscribe {
    return this.#drain.on(listener);
  }

  #arrive(): void {
    const frames = this.#leaving;
    this.#leaving = [];
    if (!this.#end.up) return;
    const { network } = this.#end.pair;
    const target = this.#end.pair.other(this.#end).channel(this.#number);
    for (const frame of frames) this.#pendingBytes -= frame.length;
    if (!network.deaf) network.bring(this.#end.peer, () => target.#listener?.(frames));
    if (!this.#full || !this.#end.up) return;
    this.#full = false;
    this.#drain.emit();
  }
}

type Introduced = Omit<Invited, 'position'> & Partial<Pick<Invited, 'position'>>;

/** One person's end of a LinkNetwork. */
export class LinkDouble implements LinkManager {
  readonly key: ProfileKey;
  readonly #network: LinkNetwork;
  readonly #home: NodeId | undefined;
  readonly #friends = new Map<string, { readonly key: ProfileKey; readonly position: NodeId | undefined }>();
  readonly #links = new Map<string, LinkEnd>();
  readonly #connecting = new Set<string>();
  readonly #up = new Emitter<Link>();
  readonly #down = new Emitter<{ peer: ProfileKey; reason: LinkDownReason }>();
  readonly #seeking = new Emitter<ProfileKey>();
  readonly #introductions = new Emitter<Introduction>();
  #door: OwnDoor | undefined;
  started = false;
  /** Introductions sent, whoever heard them. */
  introduced = 0;

  constructor(network: LinkNetwork, key: ProfileKey, home: NodeId | undefined) {
    this.#network = network;
    this.key = key;
    this.#home = home;
  }

  start(): void {
    this.started = true;
    for (const { key } of this.#friends.values()) this.#network.consider(this, key);
  }

  async stop(): Promise<void> {
    this.started = false;
    for (const link of [...this.#links.values()]) link.close();
  }

  /** As the end of the process: nobody on this side hears of it. */
  kill(): void {
    this.started = false;
    for (const emitter of [this.#up, this.#down, this.#seeking, this.#introductions]) emitter.clear();
    for (const link of [...this.#links.values()]) link.pair.breakNow('silent');
  }

  addFriend(peer: ProfileKey, position: NodeId | undefined): void {
    this.#friends.set(toHex(peer), { key: peer, position });
    this.#network.consider(this, peer);
  }

  removeFriend(peer: ProfileKey): void {
    this.#friends.delete(toHex(peer));
    this.linkDouble(peer)?.close();
  }

  /** In the order in which they are looked for. */
  get friends(): string[] {
    return [...this.#friends.keys()];
  }

  hasFriend(peer: ProfileKey): boolean {
    return this.#friends.has(toHex(peer));
  }

  /** Looks for the other one where that one is. */
  finds(other: LinkDouble): boolean {
    const position = this.#friends.get(toHex(other.key))?.position;
    return position !== undefined && other.isAt(position);
  }

  isAt(position: NodeId): boolean {
    if (this.#home === undefined) return true;
    const door = this.#door && placeOf(this.key, this.#door.secret)?.position;
    return [this.#home, door].some((place) => place !== undefined && equalBytes(place, position));
  }

  linkTo(peer: ProfileKey): Link | undefined {
    return this.linkDouble(peer);
  }

  linkDouble(peer: ProfileKey): LinkEnd | undefined {
    return this.#links.get(toHex(peer));
  }

  isConnecting(peer: ProfileKey): boolean {
    return this.#connecting.has(toHex(peer));
  }

  announceConnecting(peer: ProfileKey): void {
    this.#connecting.add(toHex(peer));
    this.#seeking.emit(peer);
  }

  doneConnecting(peer: ProfileKey): void {
    this.#connecting.delete(toHex(peer));
  }

  seek(peer: ProfileKey): void {
    this.#network.consider(this, peer);
  }

  onUp(listener: (link: Link) => void): Unsubscribe {
    return this.#up.on(listener);
  }

  onDown(listener: (event: { peer: ProfileKey; reason: LinkDownReason }) => void): Unsubscribe {
    return this.#down.on(listener);
  }

  onConnecting(listener: (peer: ProfileKey) => void): Unsubscribe {
    return this.#seeking.on(listener);
  }

  async introduce({ profile, tag, position }: Introduced, payload: Uint8Array): Promise<boolean> {
    if (!this.started) return false;
    this.introduced++;
    this.#network.clock.after(this.#network.latencyMs, () => {
      const target = this.#network.find(profile);
      if (target?.accepts(tag) && (position === undefined || target.isAt(position)))
        target.hear({ from: this.key, payload: payload.slice() });
      else this.#network.lostIntroductions++;
    });
    return true;
  }

  accepts(tag: Uint8Array): boolean {
    return this.started && this.#door !== undefined && equalBytes(tag, this.#door.tag);
  }

  hear(introduction: Introduction): void {
    this.#introductions.emit(introduction);
  }

  onIntroduction(listener: (introduction: Introduction) => void): Unsubscribe {
    return this.#introductions.on(listener);
  }

  setDoor(door: OwnDoor | undefined): void {
    this.#door = door;
  }

  linkUp(link: LinkEnd): void {
    this.#links.set(toHex(link.peer), link);
    this.#up.emit(link);
  }

  linkDown(link: LinkEnd, reason: LinkDownReason): void {
    this.#links.delete(toHex(link.peer));
    this.#down.emit({ peer: link.peer, reason });
    if (reason !== 'silent') return;
    this.#network.consider(this, link.peer);
  }
}

import type { BodyOf, RelayReply } from '../codec/dht.ts';
import type { Verdict } from '../codec/relay.ts';
import { verify } from '../crypto/crypto.ts';
import { type KnownContact, nameOf, sourceOf } from '../dht/contact.ts';
import type { RelayIncoming } from '../dht/relay-network.ts';
import { positionOfClaim } from '../dht/types.ts';
import { equalBytes } from '../ids/bytes.ts';
import { RateLimit } from '../net/rate-limit.ts';
import { COLLECT_LIFETIME_S, COLLECT_PURPOSE } from './attendance.ts';
import { proofOf } from './audit.ts';
import type { RelayContext } from './context.ts';
import { readEnvelope } from './envelope.ts';
import { Assemblies, ask } from './exchange.ts';
import type { Keeper } from './keeper.ts';
import { isReceipt, type Receipt } from './receipt.ts';

/** Signatures a second that one source makes us check, and at once. */
const CHECK_RATE = { perSecond: 50, burst: 500, maxSources: 2_048 };

type Compared = Extract<RelayReply, { kind: 'compared' }>['body'];
type Collecting = Extract<RelayReply, { kind: 'collecting' }>['body'];
type Missing = Extract<RelayReply, { kind: 'missing' }>['body'];

/** Answers other carriers, senders and destinations. All that comes in is hostile until checked. */
export class Server {
  readonly #context: RelayContext;
  readonly #keeper: Keeper;
  readonly #assemblies: Assemblies;
  readonly #checkRate: RateLimit;

  constructor(context: RelayContext, keeper: Keeper) {
    this.#context = context;
    this.#keeper = keeper;
    this.#assemblies = new Assemblies(context.clock);
    this.#checkRate = new RateLimit({ clock: context.clock, ...CHECK_RATE });
  }

  serve(request: RelayIncoming): void {
    const { body, from, proven } = request;
    this.#context.silent.forgive(from);
    switch (body.kind) {
      case 'carry':
        return proven ? this.#onCarry(request, body.body) : verdict(request, 'unproven');
      case 'offer':
        return verdict(request, proven ? this.#onOffer(from, body.body) : 'unproven');
      case 'part':
        return proven ? this.#onPart(request, body.body) : verdict(request, 'unproven');
      case 'inventory':
        return request.reply({
          kind: 'missing',
          body: proven ? this.#onInventory(from, body.body) : missing('unproven'),
        });
      case 'collect':
        return request.reply({ kind: 'collecting', body: this.#onCollect(request, body.body) });
      case 'compare':
        return request.reply({ kind: 'compared', body: this.#compare(request, body.body) });
      case 'settle':
        request.reply({ kind: 'settled', body: { token: undefined } });
        return this.#keeper.courier.onSettle(from, { ...body.body, envelopeName: nameOf(body.body.envelopeId) });
      case 'free':
        request.reply({ kind: 'freed', body: { token: undefined } });
        return proven ? this.#onFree(from, body.body) : undefined;
      case 'notify':
        request.reply({ kind: 'notified', body: { token: undefined } });
        return this.#onNotify(body.body);
    }
  }

  #onCarry(request: RelayIncoming, body: BodyOf<'carry'>): void {
    // The packet's memory is not ours to keep.
    const envelope = readEnvelope(body.envelope.slice());
    if (envelope === undefined) return verdict(request, 'malformed');
    void this.#keeper.take(envelope, body, request.from).then((result) => verdict(request, result));
  }

  #onOffer(from: KnownContact, body: BodyOf<'offer'>): Verdict {
    const keeper = this.#keeper;
    const name = nameOf(body.envelopeId);
    if (keeper.showReceipt(body.destination, name, from)) return 'freed';
    if (keeper.attendanceFor(body.destination, from) === undefined) {
      const kept = this.#context.cache.get(name);
      const envelope = kept && this.#context.cache.envelope(kept);
      if (envelope !== undefined) {
        if (body.copy > envelope.copies) return 'malformed';
        keeper.carryOn(envelope, body, from);
        return 'held';
      }
      if (!keeper.open) return 'off';
    }
    return this.#assemblies.begin(from, body.envelopeId, body.bytes, body) ? 'wanted' : 'full';
  }

  #onPart(request: RelayIncoming, body: BodyOf<'part'>): void {
    const { from } = request;
    for (const attendance of this.#keeper.attendances.values()) attendance.heard(from);
    const taken = this.#assemblies.take(from, body.envelopeId, body.index, body.bytes);
    if (typeof taken === 'string') return verdict(request, taken);
    void this.#keeper.take(taken.envelope, taken.how, from).then((result) => verdict(request, result));
  }

  #onInventory(from: KnownContact, body: BodyOf<'inventory'>): Missing {
    const keeper = this.#keeper;
    const attendance = keeper.attendanceFor(body.destination, from);
    if (attendance !== undefined) return missing('wanted', attendance.wanted(body.ids, from));
    if (!keeper.open) return missing('off');
    const { custodian } = keeper;
    const wanted: Uint8Array[] = [];
    const freed = keeper.showReceipts(body.destination, body.ids.map(nameOf), from);
    for (const id of body.ids) {
      const name = nameOf(id);
      if (freed.has(name)) continue;
      const kept = this.#context.cache.get(name);
      if (kept === undefined) wanted.push(id);
      else {
        // Whoever asks counts on our copy from now on: it must not go when it was only on its way through here.
        if (!custodian.rests(kept)) custodian.adopt(kept);
        const group = custodian.group(kept.destination, kept.copies);
        group?.countedOn(from);
        group?.isKnownAt(from, name);
      }
    }
    return missing(wanted.length > 0 ? 'wanted' : 'held', wanted);
  }

  #onCollect(request: RelayIncoming, body: BodyOf<'collect'>): Collecting {
    const { from } = request;
    const { custodian, policies } = this.#keeper;
    const destination = positionOfClaim(body.claimKey);
    // Whoever lacks the proof of their address after a new start lacks the pass, too: both in one answer.
    const pass = custodian.passOf(destination, from) ?? body.pass;
    const refused = { token: undefined, accepted: 0, pass, waiting: 0 };
    if (!request.proven) return refused;
    if (!this.#mayCheck(from, 'collect-rate')) return refused;
    if (!verify(body.claimKey, body.signature, COLLECT_PURPOSE, from.key)) {
      this.#context.drops.add('collect-forged');
      return refused;
    }
    policies.heardOf(destination);
    if (body.policy !== undefined) policies.learn(body.policy, destination, sourceOf(from));
    const lifetimeMs = Math.min(body.lifetimeS, COLLECT_LIFETIME_S) * 1_000;
    const answer = custodian.deliveryTo(destination).collect(from, lifetimeMs, body.pass);
    if (answer.accepted === 0) this.#context.drops.add('collect-stale');
    return { token: undefined, ...answer, waiting: custodian.waitingFor(destination) };
  }

  #compare(request: RelayIncoming, { destination, copies, count, digest, challenge }: BodyOf<'compare'>): Compared {
    const { from, proven } = request;
    this.#keeper.watcher.heard(from);
    const group = this.#keeper.custodian.group(destination, copies);
    if (group === undefined) return { token: undefined, comparison: 'none', proof: undefined };
    if (count === 0) void group.saysToHaveNothing(from);
    const isSame = group.members.size === count && equalBytes(group.digest, digest);
    const kept = challenge && group.members.get(nameOf(challenge.envelopeId));
    // That something waits here is for those who keep the same: anybody else would see when it is fetched.
    if (!isSame && kept === undefined && !group.isPartner(from))
      return { token: undefined, comparison: 'none', proof: undefined };
    // To read an envelope and hash it costs far more than to ask.
    const content = proven && kept ? this.#context.cache.envelope(kept)?.body : undefined;
    const proof = content && challenge && proofOf(challenge.nonce, content);
    return { token: undefined, comparison: isSame ? 'same' : 'different', proof };
  }

  #onFree(from: KnownContact, receipt: Receipt): void {
    if (!this.#mayCheck(from, 'receipt-rate')) return;
    if (isReceipt(receipt)) this.#keeper.free(receipt, from);
    else this.#context.drops.add('receipt-forged');
  }

  #onNotify({ destination, hopsLeft }: BodyOf<'notify'>): void {
    this.#keeper.attendances.get(nameOf(destination))?.told();
    if (hopsLeft === 0) return;
    const { network } = this.#context;
    for (const leaf of network.leavesAt(destination))
      void ask(network, leaf, { kind: 'notify', body: { token: undefined, destination, hopsLeft: 0 } });
  }

  #mayCheck(from: KnownContact, reason: string): boolean {
    const may = this.#checkRate.take(sourceOf(from));
    if (!may) this.#context.drops.add(reason);
    return may;
  }
}

function verdict(request: RelayIncoming, result: Verdict): void {
  const body = { token: undefined, verdict: result };
  if (request.body.kind === 'offer') return request.reply({ kind: 'offered', body });
  request.reply(request.body.kind === 'part' ? { kind: 'parted', body } : { kind: 'carried', body });
}

function missing(result: Verdict, ids: readonly Uint8Array[] = []): Missing {
  return { token: undefined, verdict: result, ids };
}

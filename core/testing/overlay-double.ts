import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import type { Overlay, Registration, RoutedMessage, RouteOptions } from '../dht/types.ts';
import { type PositionClaim, positionOfClaim } from '../dht/types.ts';
import { type NodeId, toHex } from '../ids/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { Emitter, type Unsubscribe } from '../ports/events.ts';
import type { Endpoint } from '../ports/network.ts';

const ANSWER_WAIT_MS = 30_000;

/** A routed payload as a carrier sees it. */
export interface CarriedPayload {
  readonly position: NodeId;
  readonly payload: Uint8Array;
  readonly kind: 'route' | 'answer';
}

/** Routes by registered position without any DHT: for tests of the layers above. */
export class OverlayWorld {
  /** One-way delay in ms. */
  delayMs: number;
  /** From asking for it until a registration is there; default: the delay. */
  registrationMs: number | undefined;
  /** Everything that was carried, for tests that replay or forge it. */
  readonly carried: CarriedPayload[] = [];
  readonly #clock: Clock;
  readonly #registered = new Map<string, { overlay: OverlayDouble; onMessage: (message: RoutedMessage) => void }>();

  constructor(clock: Clock, delayMs = 5) {
    this.#clock = clock;
    this.delayMs = delayMs;
  }

  node(nodeId: NodeId, endpoints: () => readonly Endpoint[]): OverlayDouble {
    return new OverlayDouble(this, nodeId, endpoints);
  }

  /** For overlays: later registrations of a position replace earlier ones. */
  register(position: NodeId, overlay: OverlayDouble, onMessage: (message: RoutedMessage) => void): Registration {
    const name = toHex(position);
    const entry = { overlay, onMessage };
    this.#registered.set(name, entry);
    return {
      ready: new Promise((resolve) => this.#clock.after(this.registrationMs ?? this.delayMs, resolve)),
      close: () => {
        if (this.#registered.get(name) === entry) this.#registered.delete(name);
      },
    };
  }

  /** For overlays and attackers: brings a payload to whoever registered the position. */
  carry(position: NodeId, payload: Uint8Array, onAnswer?: (payload: Uint8Array) => void): void {
    if (payload.length !== ROUTED_PAYLOAD_BYTES) throw new RangeError(`routed payload of ${payload.length} bytes`);
    this.carried.push({ position, payload: payload.slice(), kind: 'route' });
    const sentAt = this.#clock.now();
    let answered = false;
    const answer = (bytes: Uint8Array) => {
      if (answered || this.#clock.now() - sentAt > ANSWER_WAIT_MS) return;
      answered = true;
      this.carried.push({ position, payload: bytes.slice(), kind: 'answer' });
      this.#clock.after(this.delayMs, () => onAnswer?.(bytes));
    };
    this.#clock.after(this.delayMs, () => {
      const target = this.#registered.get(toHex(position));
      if (target?.overlay.connected === true) target.onMessage({ payload, answer });
    });
  }
}

/** One node's view of the overlay. */
export class OverlayDouble implements Overlay {
  readonly nodeId: NodeId;
  readonly #world: OverlayWorld;
  readonly #endpoints: () => readonly Endpoint[];
  readonly #changed = new Emitter<void>();
  #connected = true;

  constructor(world: OverlayWorld, nodeId: NodeId, endpoints: () => readonly Endpoint[]) {
    this.#world = world;
    this.nodeId = nodeId;
    this.#endpoints = endpoints;
  }

  get connected(): boolean {
    return this.#connected;
  }

  setConnected(connected: boolean): void {
    this.#connected = connected;
    this.announceChange();
  }

  /** Tells listeners that `connected` or the endpoints changed. */
  announceChange(): void {
    this.#changed.emit();
  }

  onChanged(listener: () => void): Unsubscribe {
    return this.#changed.on(listener);
  }

  endpoints(): readonly Endpoint[] {
    return this.#endpoints();
  }

  register(claim: PositionClaim, onMessage: (message: RoutedMessage) => void): Registration {
    return this.#world.register(positionOfClaim(claim.publicKey), this, onMessage);
  }

  async route(position: NodeId, payload: Uint8Array, { onAnswer }: RouteOptions = {}): Promise<boolean> {
    if (!this.#connected) return false;
    this.#world.carry(position, payload, (answer) => {
      if (this.#connected) onAnswer?.(answer);
    });
    return true;
  }
}

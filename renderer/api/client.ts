import type { ApiEvent, Args, Method, Result } from '../../core/api/contract.ts';
import type { Unsubscribe } from '../lib/emitter.ts';
import type { AudioDoor, ConnectionStatus, Outcome, ParleyTransport } from './transport.ts';

/** The contract with types on top of any transport. Failures are values: the stores show them, nothing is thrown. */
export class ParleyClient {
  readonly #transport: ParleyTransport;

  constructor(transport: ParleyTransport) {
    this.#transport = transport;
  }

  /** The core checks arguments and results, so the value has the contract's type. */
  async request<M extends Method>(method: M, args: Args<M>): Promise<Outcome<Result<M>>> {
    return (await this.#transport.request(method, args)) as Outcome<Result<M>>;
  }

  onEvent(listener: (event: ApiEvent) => void): Unsubscribe {
    return this.#transport.onEvent(listener);
  }

  onStatus(listener: (status: ConnectionStatus) => void): Unsubscribe {
    if (this.#transport.onStatus) return this.#transport.onStatus(listener);
    listener('connected');
    return () => undefined;
  }

  /** False where calls have no sound. */
  get hasAudio(): boolean {
    return this.#transport.openAudio !== undefined;
  }

  /** Rejects where calls have no sound. */
  async openAudio(): Promise<AudioDoor> {
    if (this.#transport.openAudio === undefined) throw new Error('calls have no sound here');
    return this.#transport.openAudio();
  }

  reconnect(): void {
    this.#transport.reconnect?.();
  }
}

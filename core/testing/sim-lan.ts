import type { LanPort } from '../ports/lan.ts';
import type { Endpoint } from '../ports/network.ts';
import type { SimHost } from './sim-host.ts';

const LAN_PORT = 27_318;
const DELAY_MS = 1;

type Listener = (packet: Uint8Array, from: Endpoint) => void;

/** A local network for announcements between simulated hosts; the speaker hears itself too, as with multicast. */
export class SimLan {
  readonly #members = new Map<LanPort, { readonly host: SimHost; listener: Listener | undefined }>();

  port(host: SimHost): LanPort {
    const members = this.#members;
    const port: LanPort = {
      announce: (packet) => {
        if (!members.has(port) || !host.up) return;
        const from = { host: host.address, port: LAN_PORT };
        host.after(DELAY_MS, () => {
          for (const member of members.values()) if (member.host.up) member.listener?.(packet, from);
        });
      },
      onAnnouncement: (listener) => {
        const member = members.get(port);
        if (member !== undefined) member.listener = listener;
      },
      close: async () => {
        members.delete(port);
      },
    };
    members.set(port, { host, listener: undefined });
    return port;
  }
}

import type { NodeKey } from '../ids/bytes.ts';
import { NODE_KEY_BYTES } from '../ids/bytes.ts';
import { constant } from './constant.ts';
import { fixed, struct, u16 } from './layout.ts';
import { PACKET_KIND } from './limits.ts';

const LAN_VERSION = 1;
export const LAN_INSTANCE_BYTES = 8;

/*
 * LAN announcement, 44 bytes (docs/protocol.md, "Local network"); sent to all, and as an answer to one:
 *
 *   offset  size  field
 *   0       1     0x05
 *   1       1     version
 *   2       2     UDP port of the node
 *   4       32    node key
 *   36      8     random number of this run of the node
 */
export const lanAnnouncement = struct({
  packet: constant(PACKET_KIND.lan, 'packet kind'),
  version: constant(LAN_VERSION, 'version'),
  port: u16,
  key: fixed<NodeKey>(NODE_KEY_BYTES, 'node key'),
  instance: fixed(LAN_INSTANCE_BYTES, 'run of the node'),
});

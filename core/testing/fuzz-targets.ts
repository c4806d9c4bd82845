import { DHT_TARGETS } from './fuzz-dht.ts';
import { fileTargets } from './fuzz-files.ts';
import { LAYOUT_TARGETS } from './fuzz-layouts.ts';
import { linkTargets } from './fuzz-links.ts';
import { MAIL_TARGETS } from './fuzz-mail.ts';
import { MESSENGER_TARGETS } from './fuzz-messenger.ts';
import { RPC_TARGETS } from './fuzz-rpc.ts';
import { SEALED_TARGETS } from './fuzz-sealed.ts';
import { SESSION_TARGETS } from './fuzz-session.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { TEXT_TARGETS } from './fuzz-texts.ts';
import { WORLD_TARGETS } from './fuzz-world.ts';

/** Everything that takes bytes from the network, the disk, a person or a program. */
export async function allFuzzTargets(): Promise<readonly FuzzTarget[]> {
  return [
    ...LAYOUT_TARGETS,
    ...TEXT_TARGETS,
    ...(await fileTargets()),
    ...RPC_TARGETS,
    ...SEALED_TARGETS,
    ...DHT_TARGETS,
    ...SESSION_TARGETS,
    ...(await linkTargets()),
    ...MESSENGER_TARGETS,
    ...MAIL_TARGETS,
    ...WORLD_TARGETS,
  ];
}

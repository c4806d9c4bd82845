import { join } from 'node:path';
import { createProfileKeyPair } from '../core/crypto/crypto.ts';
import { openKeyFile } from '../core/crypto/key-file.ts';
import { inviteTag, messageId } from '../core/ids/bytes.ts';
import { NodeFiles } from '../core/node/adapters/node-files.ts';
import { SystemClock } from '../core/node/adapters/system-clock.ts';
import { SystemRandom } from '../core/node/adapters/system-random.ts';
import { createUdxNetwork } from '../core/node/adapters/udx-network.ts';
import { createCore } from '../core/node/create-core.ts';
import { silentLogger } from '../core/ports/logger.ts';
import { Store } from '../core/store/store.ts';
import type { StoreWrites } from '../core/store/types.ts';

const FRIENDS = 20;
const MESSAGES_EACH = 500;
const HOUR_MS = 3_600_000;

/** Makes a profile in the folder with 20 friends and 10,000 messages, half of them incoming. */
export async function fillDatabase(dataDir: string): Promise<void> {
  const files = new NodeFiles(dataDir);
  const random = new SystemRandom();
  const ports = { clock: new SystemClock(), random, logger: silentLogger, files, network: createUdxNetwork() };
  const core = await createCore({
    ...ports,
    ...{ dataDir, udpPort: 0, host: '127.0.0.1', bootstrap: [], lan: false, ephemeralProfile: 'Bench' },
  });
  await core.stop();
  const opened = await openKeyFile((await files.read('profile.key'))!);
  if (!opened.ok) throw new Error(`the key file is ${opened.code}`);
  const store = new Store({
    path: join(dataDir, 'profile.db'),
    key: opened.secrets.databaseKey,
    deviceTag: () => random.bytes(8),
    wall: Date.now,
  });
  for (let i = 0; i < FRIENDS; i++) store.batch((write) => addFriend(write, random, i));
  while (store.index(5_000));
  store.close();
}

function addFriend(write: StoreWrites, random: SystemRandom, index: number): void {
  const addedAt = Date.now() - HOUR_MS;
  const { id: friend } = write.friends.add({
    key: createProfileKeyPair(random).publicKey,
    tag: inviteTag(random.bytes(4)),
    alias: `Friend ${index + 1}`,
    state: 'friend',
    addedAt,
  });
  const device = write.devices.seen(friend, random.bytes(8), addedAt);
  for (let i = 0; i < MESSAGES_EACH; i++) {
    const common = { friend, messageId: messageId(random.bytes(16)) };
    const text = `message ${i} of the chat, of the length that people write on the way`;
    const at = addedAt + i;
    if (i % 2 === 0) write.messages.addOutgoing({ ...common, text, at });
    else write.messages.addIncoming({ ...common, device: device.id, seq: i, sentAt: at, storedAt: at, text });
  }
  write.messages.settle({ friend, first: 1, last: MESSAGES_EACH, state: 'delivered' });
}

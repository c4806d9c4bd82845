import { join } from 'node:path';
import { NodeFiles } from '../../core/node/adapters/node-files.ts';
import { SystemRandom } from '../../core/node/adapters/system-random.ts';
import { ProfileVault, wipeSecrets } from '../../core/node/profile-vault.ts';
import { Store } from '../../core/store/store.ts';

/** The database of a stopped node whose profile has no passphrase, to put in what would take long to say. */
export async function openProfileStore(dataDir: string): Promise<Store> {
  const random = new SystemRandom();
  const secrets = await new ProfileVault({ files: new NodeFiles(dataDir), random }).open();
  const path = join(dataDir, 'profile.db');
  try {
    return new Store({ path, key: secrets.databaseKey, deviceTag: () => random.bytes(8), wall: Date.now });
  } finally {
    wipeSecrets(secrets);
  }
}

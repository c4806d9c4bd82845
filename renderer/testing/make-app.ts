import { ParleyClient } from '../api/client.ts';
import { type AppStores, createAppStores } from '../stores/app-stores.ts';
import { startSync } from '../stores/sync.ts';
import { connectFake, type FakeConnection } from './fake-transport.ts';

export interface TestApp extends FakeConnection {
  readonly client: ParleyClient;
  readonly stores: AppStores;
  stop(): void;
}

/** All stores on a fake core, for tests without React. `prepare` runs before the first load. */
export function makeApp(prepare?: (fake: FakeConnection) => void): TestApp {
  const fake = connectFake({ now: () => 1_700_000_000_000 });
  fake.core.profile.state = 'open';
  prepare?.(fake);
  const client = new ParleyClient(fake.transport);
  const stores = createAppStores(client);
  return { ...fake, client, stores, stop: startSync(client, stores) };
}

import { ParleyClient } from './api/client.ts';
import type { Shell } from './api/shell.ts';
import type { ParleyTransport } from './api/transport.ts';
import { Voice } from './audio/voice.ts';
import type { App } from './hooks/app-context.ts';
import { createAppStores } from './stores/app-stores.ts';
import { startSync } from './stores/sync.ts';

/** The app without its screens; what they will show is asked for at once. */
export function createApp(transport: ParleyTransport, shell: Shell): App {
  const client = new ParleyClient(transport);
  const stores = createAppStores(client);
  startSync(client, stores);
  const voice = new Voice({ client, calls: stores.calls, choices: stores.sound, ui: stores.ui });
  return { client, shell, stores, voice };
}

import { createRoot } from 'react-dom/client';
import { ParleyClient } from './api/client.ts';
import type { Shell } from './api/shell.ts';
import type { ParleyTransport } from './api/transport.ts';
import { AppContext, type App as AppParts } from './hooks/app-context.ts';
import { App } from './screens/App.tsx';
import { createAppStores } from './stores/app-stores.ts';
import { startSync } from './stores/sync.ts';
import './styles/app.css';

/** Puts the whole UI on a transport into the page's root element. */
export function mount(root: Element, transport: ParleyTransport, shell: Shell): AppParts {
  const client = new ParleyClient(transport);
  const stores = createAppStores(client);
  startSync(client, stores);
  const app: AppParts = { client, shell, stores };
  createRoot(root).render(
    <AppContext value={app}>
      <App />
    </AppContext>,
  );
  return app;
}

import { createRoot } from 'react-dom/client';
import { AppContext, type App as AppParts } from './hooks/app-context.ts';
import { App } from './screens/App.tsx';
import { NoToken } from './screens/NoToken.tsx';

/** Puts the screens into the page's root element; without an app, why there is none. */
export function mount(root: Element, app: AppParts | undefined): void {
  const screens =
    app === undefined ? (
      <NoToken />
    ) : (
      <AppContext value={app}>
        <App />
      </AppContext>
    );
  createRoot(root).render(screens);
}

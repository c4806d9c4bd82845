import { createShell } from '../api/shell.ts';
import { createApp } from '../app.ts';
import { mount } from '../mount.tsx';
import '../styles/app.css';
import { connectFake } from './fake-transport.ts';
import { SCENES } from './scenes.ts';

/** The UI on a fake core, for looking at it: `dev.html?scene=busy&slow=1000`. */
const query = new URLSearchParams(location.search);
const fake = connectFake();
SCENES[query.get('scene') ?? 'busy']?.(fake.core);
fake.core.slowMs = Number(query.get('slow') ?? 0);
const app = createApp(fake.transport, createShell(undefined));
mount(document.getElementById('root')!, app);
Object.assign(window, { fake, app });

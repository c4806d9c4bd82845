import { connect } from './api/connect.ts';
import { electronBridge } from './api/electron-transport.ts';
import { createShell } from './api/shell.ts';
import { createApp } from './app.ts';
import { prepareFormats } from './lib/format.ts';
import { firstAnswers } from './stores/first-answers.ts';
import './styles/app.css';

const bridge = electronBridge(window);
const transport = connect(bridge);
// Before the screens: the answers come while the browser still reads the far larger part of the code.
const app = transport && createApp(transport, createShell(bridge));
const screens = import('./mount.tsx');
prepareFormats();
const [{ mount }] = await Promise.all([screens, app && firstAnswers(app.stores)]);
mount(document.getElementById('root')!, app);

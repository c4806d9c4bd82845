import { connect } from './api/connect.ts';
import { electronBridge } from './api/electron-transport.ts';
import { createShell } from './api/shell.ts';
import { createApp } from './app.ts';
import './styles/app.css';

const bridge = electronBridge(window);
const transport = connect(bridge);
// Before the screens: the answers come while the browser still reads the far larger part of the code.
const app = transport && createApp(transport, createShell(bridge));
const { mount } = await import('./mount.tsx');
mount(document.getElementById('root')!, app);

import { createRoot } from 'react-dom/client';
import { connect } from './api/connect.ts';
import { electronBridge } from './api/electron-transport.ts';
import { createShell } from './api/shell.ts';
import { mount } from './mount.tsx';
import { NoToken } from './screens/NoToken.tsx';

const root = document.getElementById('root')!;
const bridge = electronBridge(window);
const transport = connect(bridge);
if (transport) mount(root, transport, createShell(bridge));
else createRoot(root).render(<NoToken />);

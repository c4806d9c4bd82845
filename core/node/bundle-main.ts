import { join } from 'node:path';
import { createUdxNetwork } from './adapters/udx-network.ts';
import { createCore } from './create-core.ts';
import { runHeadless } from './headless-main.ts';
import { runPrivateNetwork } from './private-network-main.ts';
import { warmUp } from './warm-up.ts';

/** Put in by the build. */
declare const PARLEY_VERSION: string;
/** Put in by `scripts/lib/bundle.cjs`. */
declare const PARLEY_COMMAND: 'headless' | 'network' | 'warm-up';
declare const __dirname: string;

/** Entry of the bundle: all commands are in one script, so that one file of compiled code serves them all. */
const host = {
  version: PARLEY_VERSION,
  pageFolder: join(__dirname, '../renderer'),
  createCore,
  createNetwork: createUdxNetwork,
};
switch (PARLEY_COMMAND) {
  case 'headless':
    await runHeadless(host);
    break;
  case 'network':
    await runPrivateNetwork();
    break;
  case 'warm-up':
    await warmUp(host);
}

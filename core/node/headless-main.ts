import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createUdxNetwork } from './adapters/udx-network.ts';
import { createCore } from './create-core.ts';
import { startHeadless } from './headless.ts';
import { endOnSignals } from './process-end.ts';

/** Put in by the build. */
declare const PARLEY_VERSION: string;

/** Entry of `npm run node`: the headless command as a process. */
const here = dirname(fileURLToPath(import.meta.url));
const end = endOnSignals();
const node = await startHeadless({
  argv: process.argv.slice(2),
  env: process.env,
  version: PARLEY_VERSION,
  pageFolder: join(here, '../renderer'),
  createCore,
  createNetwork: createUdxNetwork,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
});
if ('exitCode' in node) end.with(node.exitCode);
else end.owner(node);

// Feeds mutated input to everything that takes bytes from outside.
//   npm run fuzz -- --seconds N [--seed TEXT] [--target NAME [--input HEX]]
import { nodeCommandHost } from './command-host.ts';
import { fuzz } from './fuzz-command.ts';
import { allFuzzTargets } from './fuzz-targets.ts';

await fuzz(nodeCommandHost(), await allFuzzTargets());

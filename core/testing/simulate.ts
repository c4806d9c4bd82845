// Simulates whole networks in virtual time, repeatable from a seed.
//   npm run simulate -- dht [--nodes 10,100,1000] [--lookups 200] [--vanish 0.3] [--seed TEXT] [--figure]
//   npm run simulate -- voice [--seconds 120] [--seed TEXT] [--figure]
import { nodeCommandHost } from './command-host.ts';
import { simulate } from './simulate-command.ts';

await simulate(nodeCommandHost());

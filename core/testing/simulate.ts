// Simulates whole networks in virtual time, repeatable from a seed.
//   npm run simulate -- dht [--nodes 10,100,1000] [--lookups 200] [--vanish 0.3] [--seed TEXT] [--figure]
//   npm run simulate -- custody [--nodes 1000] [--messages 10000] [--session 10m,1h,6h] [--schemes ...] [--figure]
//   npm run simulate -- overlay [--nodes 300] [--session 60]
//   npm run simulate -- hostile [--nodes 150] [--share 0.05,0.2]
//   npm run simulate -- idle [--nodes 200] [--minutes 60]
//   npm run simulate -- voice [--seconds 120] [--seed TEXT] [--figure]
import { nodeCommandHost } from './command-host.ts';
import { simulate } from './simulate-command.ts';

await simulate(nodeCommandHost());

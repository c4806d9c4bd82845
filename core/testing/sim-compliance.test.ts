import { describe, it } from 'vitest';
import { type ComplianceNetwork, NETWORK_COMPLIANCE } from './network-compliance.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimNetwork } from './sim-network.ts';
import type { Conditions } from './sim-path.ts';
import { VirtualClock } from './virtual-clock.ts';

function simulated(conditions: Partial<Conditions>): ComplianceNetwork {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, random: new SeededRandom('compliance'), conditions });
  return {
    a: network.host('192.0.2.1', { more: ['2001:db8::1'] }),
    b: network.host('192.0.2.2', { more: ['2001:db8::2'] }),
    hostA: '192.0.2.1',
    hostB: '192.0.2.2',
    hostA6: '2001:db8::1',
    hostB6: '2001:db8::2',
    until: (condition, what) => clock.runUntilTrue(condition, 600_000, what),
    rest: () => clock.runFor(500),
  };
}

describe('SimNetwork complies', () => {
  for (const { rule, run } of NETWORK_COMPLIANCE) it(rule, () => run(simulated({})));
});

describe('streams of SimNetwork comply on a bad path', () => {
  const bad = { loss: 0.05, duplication: 0.05, reordering: 0.1 };
  const streams = NETWORK_COMPLIANCE.filter(({ rule }) => rule.includes('stream') || rule.includes('writ'));
  for (const { rule, run } of streams) it(rule, () => run(simulated(bad)));
});

import { expect, it } from 'vitest';
import { silentLogger } from '../../ports/logger.ts';
import { openLanMulticast } from './lan-multicast.ts';

it.each([
  ['nobody asked for it', false, {}],
  ['PARLEY_LAN is off, whatever was asked for', true, { PARLEY_LAN: 'off' }],
])('opens nothing when %s', async (_why, enabled, environment) => {
  expect(await openLanMulticast({ enabled, logger: silentLogger, environment })).toBeUndefined();
});

import { expect, it } from 'vitest';
import type { BodyOf } from '../codec/dht.ts';
import { PASS_BYTES } from '../codec/limits.ts';
import { createNodeKeyPair } from '../crypto/crypto.ts';
import { createClaim } from '../testing/positions.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ContactBook } from './contact.ts';
import { Registrar } from './registrar.ts';
import type { Router } from './router.ts';
import type { Rpc } from './rpc.ts';

const ANSWER_MS = 100;
/** The one that the root wants. */
const PASS = new Uint8Array(PASS_BYTES).fill(1);

it('a registration that was ended is not wished again because a root refused it for want of the pass', async () => {
  const random = new SeededRandom('registrar');
  const clock = new VirtualClock();
  const root = new ContactBook().of(createNodeKeyPair(random).publicKey, { host: '10.0.0.1', port: 1 });
  const lives: number[] = [];
  const rpc: Pick<Rpc, 'request'> = {
    request: (_, message, done) => {
      const { lifetimeS, pass } = message.body as BodyOf<'register'>;
      lives.push(lifetimeS);
      const body = { token: undefined, accepted: pass[0] === PASS[0] ? 1 : 0, pass: PASS };
      const timer = clock.after(ANSWER_MS, () => done({ kind: 'registered', body }, ANSWER_MS));
      return () => timer.cancel();
    },
  };
  const router: Pick<Router, 'listen'> = { listen: () => () => {} };
  const registrar = new Registrar({
    rpc: rpc as Rpc,
    router: router as Router,
    nodeKey: createNodeKeyPair(random).publicKey,
    clock,
    random,
    reachable: () => true,
    lookup: (_, _again, found) => found(root),
  });
  const registration = registrar.register(createClaim(random), () => {});
  expect(lives).toHaveLength(1);
  registration.close();
  await clock.runFor(10 * ANSWER_MS);
  expect(lives.filter((life) => life > 0)).toHaveLength(1);
  expect(lives.filter((life) => life === 0).length).toBeGreaterThan(0);
});

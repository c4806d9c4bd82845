import { describe, expect, it } from 'vitest';
import { nodeKey } from '../ids/bytes.ts';
import { SeededRandom } from '../testing/seeded-random.ts';
import { ContactBook } from './contact.ts';
import { ObservedAddress } from './observed-address.ts';

const random = new SeededRandom('observed address');
const book = new ContactBook();
const voter = (host: string) => book.of(nodeKey(random.bytes(32)), { host, port: 1_000 });
const mine = { host: '192.0.2.1', port: 7 };
const lie = { host: '192.0.2.66', port: 66 };

describe('ObservedAddress', () => {
  it('puts the address most voters saw first', () => {
    const observed = new ObservedAddress();
    observed.vote(voter('198.51.100.1'), lie);
    observed.vote(voter('203.0.113.1'), mine);
    observed.vote(voter('203.0.112.1'), mine);
    expect(observed.endpoints()).toEqual([mine, lie]);
  });

  it('gives one network one vote, however many nodes it runs', () => {
    const observed = new ObservedAddress();
    observed.vote(voter('203.0.113.1'), mine);
    observed.vote(voter('203.0.112.1'), mine);
    for (let i = 0; i < 20; i++) observed.vote(voter(`198.51.100.${i + 1}`), lie);
    expect(observed.endpoints()[0]).toEqual(mine);
  });

  it('says whether a vote changed anything', () => {
    const observed = new ObservedAddress();
    const one = voter('127.0.0.1');
    expect(observed.vote(one, mine)).toBe(true);
    expect(observed.vote(one, mine)).toBe(false);
    expect(observed.vote(voter('127.0.0.1'), mine)).toBe(false);
    expect(observed.vote(one, lie)).toBe(true);
  });
});

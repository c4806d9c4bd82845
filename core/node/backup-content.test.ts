import { afterEach, expect, it } from 'vitest';
import { sealBackup } from '../crypto/backup.ts';
import { SystemRandom } from './adapters/system-random.ts';
import { bytesToBase64 } from './base64.ts';
import { RealCores } from './testing/real-core.ts';

const cores = new RealCores();
const limits = { opsLimit: 1, memLimit: 8_192 };
const friend = { key: 'ab'.repeat(32), tag: '01020304', alias: 'Bob', name: 'Bob', state: 'friend', addedAt: 1 };

const codeOf = (promise: unknown) =>
  Promise.resolve(promise).then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );

async function backupWith(friends: readonly object[]): Promise<string> {
  const content = { version: 1, profileSeed: '11'.repeat(32), inviteTag: '01020304', name: 'Eve', friends };
  const payload = new TextEncoder().encode(JSON.stringify(content));
  return bytesToBase64(await sealBackup({ passphrase: 'b', limits }, payload, new SystemRandom()));
}

afterEach(() => cores.stopAll());

it.each([
  ['the same friend twice', [friend, friend]],
  ['a date that no database takes', [{ ...friend, addedAt: 1.5 }]],
  ['a date that no number holds', [{ ...friend, addedAt: 2 ** 60 }]],
  ['an alias that is too long', [{ ...friend, alias: 'x'.repeat(129) }]],
  ['a name that is too long', [{ ...friend, name: 'x'.repeat(129) }]],
])('a backup that somebody else made, with %s, is refused, and there is no profile', async (_, friends) => {
  const backup = await backupWith(friends);
  const core = await cores.start();
  expect(await codeOf(core.handlers['profile.restoreBackup']({ backup, backupPassphrase: 'b' }))).toBe('wrong-backup');
  expect(await core.handlers['profile.get']({})).toMatchObject({ state: 'missing' });
});

it('aliases and names in a backup that somebody else made are put on one line', async () => {
  const friends = [{ ...friend, alias: 'Bob\n\u202ekcilc', name: 'Bo\u0000b' }];
  const core = await cores.start();
  await core.handlers['profile.restoreBackup']({ backup: await backupWith(friends), backupPassphrase: 'b' });
  expect(await core.handlers['friends.list']({})).toMatchObject([{ alias: 'Bob kcilc', name: 'Bo b' }]);
});

import { promises } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { RealCores } from './testing/real-core.ts';

const PASSPHRASE = 'lantern gravel otter';

const cores = new RealCores();
afterEach(async () => {
  vi.restoreAllMocks();
  await cores.stopAll();
});

/** A real one keeps nothing from the superuser, who may run the tests. */
function mayOnlyBeRead(code: string, calls: readonly ('open' | 'mkdir' | 'rename')[]): void {
  for (const call of calls) {
    const real = promises[call] as (...args: unknown[]) => Promise<unknown>;
    vi.spyOn(promises, call).mockImplementation((async (...args: unknown[]) => {
      if (call === 'open' && args[1] === 'r') return real(...args);
      throw Object.assign(new Error(code), { code, syscall: call });
    }) as never);
  }
}

it.each([
  ['EROFS', 'profile-unreadable', /\(EROFS\)\.$/],
  ['ENOSPC', 'disk-full', /full/],
])('a data folder that cannot be changed (%s) is told of, and all is as before', async (fault, code, message) => {
  const core = await cores.start();
  await core.handlers['profile.create']({ name: 'Ada', passphrase: PASSPHRASE });
  mayOnlyBeRead(fault, ['open', 'mkdir', 'rename']);
  const refused = { code, message: expect.stringMatching(message) };
  await expect(core.handlers['profile.setPassphrase']({ current: PASSPHRASE })).rejects.toMatchObject(refused);
  expect(await core.handlers['profile.get']({})).toMatchObject({ state: 'open', protection: 'passphrase' });
  await core.handlers['profile.lock']({});
  await expect(core.handlers['profile.create']({ replace: true })).rejects.toMatchObject(refused);
  vi.restoreAllMocks();
  await core.handlers['profile.unlock']({ passphrase: PASSPHRASE });
  expect(await core.handlers['profile.get']({})).toMatchObject({ name: 'Ada' });
});

it('a data folder that the system cannot flush is used all the same', async () => {
  const real = promises.open;
  vi.spyOn(promises, 'open').mockImplementation(async (path, flags, mode) => {
    const handle = await real(path, flags, mode);
    if (flags === 'r') handle.sync = () => Promise.reject(Object.assign(new Error('sync'), { code: 'EINVAL' }));
    return handle;
  });
  const core = await cores.start();
  await core.handlers['profile.create']({ passphrase: PASSPHRASE });
  await core.handlers['profile.lock']({});
  await core.handlers['profile.create']({ replace: true });
  expect(await core.handlers['profile.listAside']({})).toHaveLength(1);
});

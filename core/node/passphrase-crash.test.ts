import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { wordsToSeed } from '../crypto/recovery-words.ts';
import { crashCopies } from './testing/crash-copies.ts';
import { RealCores } from './testing/real-core.ts';

const PASSPHRASE = 'lantern gravel otter';

const cores = new RealCores();
afterEach(async () => {
  vi.restoreAllMocks();
  await cores.stopAll();
});

it('a crash while the passphrase is removed leaves the secrets in clear nowhere beside it', async () => {
  const dataDir = await cores.folder();
  const core = await cores.start({ dataDir });
  const { words } = await core.handlers['profile.create']({ passphrase: PASSPHRASE });
  const parsed = wordsToSeed(words.join(' '));
  if (!parsed.ok) throw new Error('bad words');
  const inClear = (folder: string) =>
    readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(Buffer.from(parsed.seed)));
  const left = await crashCopies(
    dataDir,
    () => cores.folder(),
    () => core.handlers['profile.setPassphrase']({ current: PASSPHRASE }),
  );
  await cores.stop(core);
  const seen = new Set<string>();
  for (const copy of left) {
    const found = await cores.start({ dataDir: copy });
    const { state } = await found.handlers['profile.get']({});
    seen.add(state);
    expect(inClear(copy)).toEqual(state === 'locked' ? [] : ['profile.key']);
    await found.handlers['profile.unlock']({ passphrase: PASSPHRASE });
    expect(await found.handlers['profile.get']({})).toMatchObject({ state: 'open' });
    await cores.stop(found);
  }
  expect(seen).toEqual(new Set(['locked', 'open']));
});

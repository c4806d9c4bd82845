import { cpSync, promises } from 'node:fs';
import { vi } from 'vitest';

const STEPS = ['rename', 'mkdir', 'rm', 'rmdir', 'open'] as const;

/**
 * Copies of a data folder as it was before each change of a name or a file in it, and at the end: a crash could have been
 * there. `folder` makes an empty folder for each.
 */
export async function crashCopies(
  dataDir: string,
  folder: () => Promise<string>,
  work: () => unknown,
): Promise<string[]> {
  const copies: string[] = [];
  const copy = async () => {
    const target = await folder();
    cpSync(dataDir, target, { recursive: true });
    copies.push(target);
  };
  for (const step of STEPS) {
    const real = promises[step] as (...args: unknown[]) => Promise<unknown>;
    vi.spyOn(promises, step).mockImplementation((async (...args: unknown[]) => {
      // To open a folder or a file for reading changes nothing.
      const changes = String(args[0]).startsWith(dataDir) && !(step === 'open' && args[1] === 'r');
      if (changes) await copy();
      return real(...args);
    }) as never);
  }
  await work();
  vi.restoreAllMocks();
  await copy();
  return copies;
}

import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A folder for this run on the disk of the checkout, removed with all it holds at the end. */
export class RunFolder {
  readonly path: string;
  #count = 0;

  constructor(root: string) {
    const dist = join(root, 'dist');
    mkdirSync(dist, { recursive: true });
    this.path = mkdtempSync(join(dist, 'bench-'));
    process.on('exit', () => this.remove());
  }

  /** A new, empty folder inside. */
  fresh(name: string): string {
    const path = join(this.path, `${++this.#count}-${name}`);
    mkdirSync(path);
    return path;
  }

  copyOf(folder: string): string {
    const path = join(this.path, `${++this.#count}-copy`);
    cpSync(folder, path, { recursive: true });
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}

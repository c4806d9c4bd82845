import { execFileSync } from 'node:child_process';

/** Command-line `ip`; its words on failure are in the error. */
export function ip(...args: string[]): string {
  return execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

/** Why network namespaces cannot be had here; undefined when they can. */
export function namespacesObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  const name = `parley-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return `network namespaces are not permitted (${String(error).split('\n')[0]})`;
  }
}

/** Two computers on one cable: network namespaces that reach each other and nothing else. */
export class TwoComputers {
  /** Names of the namespaces, for `ip netns exec`. */
  readonly left: string;
  readonly right: string;

  /** `purpose` keeps tests that run at the same time apart; short, since names of namespaces are. */
  constructor(purpose: string) {
    this.left = `parley-${purpose}-l-${process.pid}`;
    this.right = `parley-${purpose}-r-${process.pid}`;
  }

  /** Makes them: 192.168.77.1/24 on the left, .2 on the right, device `lan`. Resolves when the cable is live. */
  async plugIn(): Promise<void> {
    for (const namespace of this.#both) ip('netns', 'add', namespace);
    ip('link', 'add', 'lan', 'netns', this.left, 'type', 'veth', 'peer', 'name', 'lan', 'netns', this.right);
    for (const [index, namespace] of this.#both.entries()) {
      ip('-n', namespace, 'address', 'add', `192.168.77.${index + 1}/24`, 'dev', 'lan');
      for (const device of ['lo', 'lan']) ip('-n', namespace, 'link', 'set', device, 'up');
    }
    await Promise.all(this.#both.map(linkUp));
  }

  /** `ip -n NAMESPACE ...` */
  configure(namespace: string, ...args: string[]): void {
    ip('-n', namespace, ...args);
  }

  /** Removes what there is of them; processes inside keep their namespace until they end. Idempotent. */
  unplug(): void {
    for (const namespace of this.#both) {
      try {
        ip('netns', 'delete', namespace);
      } catch {
        // It was never made, or is gone already.
      }
    }
  }

  get #both(): readonly string[] {
    return [this.left, this.right];
  }
}

/** The kernel reports a new link as running up to a second late. */
async function linkUp(namespace: string): Promise<void> {
  while (!ip('-n', namespace, 'link', 'show', 'lan').includes('state UP')) {
    await new Promise((next) => setTimeout(next, 20));
  }
}

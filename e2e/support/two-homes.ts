import { execFileSync } from 'node:child_process';
import { ip, namespacesObstacle } from '../../core/node/adapters/testing/two-computers.ts';

/** How a router gives ports to what leaves it: the same for all destinations, or another one for each. */
export type Mapping = 'one-for-all' | 'one-for-each';

/** What most routers at home do: translate addresses, and let in only what answers something that left. */
function routerRules(mapping: Mapping): string {
  const answersOnly = 'iifname "wan" ct state established,related accept; iifname "wan" drop;';
  return `table ip home {
    chain leaving { type nat hook postrouting priority 100; oifname "wan" masquerade ${mapping === 'one-for-each' ? 'random' : ''}; }
    chain through { type filter hook forward priority 0; ${answersOnly} }
    chain arriving { type filter hook input priority 0; ${answersOnly} }
  }`;
}

function setRules(namespace: string, mapping: Mapping): void {
  execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: routerRules(mapping) });
}

/** Why routers that translate addresses cannot be had here; undefined when they can. */
export function homesObstacle(): string | undefined {
  const obstacle = namespacesObstacle();
  if (obstacle !== undefined) return obstacle;
  const name = `parley-nat-${process.pid}`;
  ip('netns', 'add', name);
  try {
    setRules(name, 'one-for-each');
    return undefined;
  } catch (error) {
    return `there is no nft, or no address translation in the kernel (${String(error).split('\n')[0]})`;
  } finally {
    ip('netns', 'delete', name);
  }
}

/**
 * Two homes and an internet between them, as network namespaces that reach each other and nothing else. In both homes
 * one computer has the address 192.168.1.2 behind a router; the internet has hosts of its own, all in one namespace.
 * Their addresses count as public ones, as nodes treat those of private networks otherwise.
 */
export class TwoHomes {
  /** Namespaces to run nodes in. */
  readonly internet = name('net');
  readonly left = name('left');
  readonly right = name('right');
  /** Addresses of the hosts on the internet. */
  readonly hosts: readonly string[];
  readonly #made: string[] = [];

  constructor(hosts: number) {
    this.hosts = Array.from({ length: hosts }, (_, i) => `${41 + i}.1.0.1`);
  }

  build(mappings: { readonly left: Mapping; readonly right: Mapping }): void {
    this.#make(this.internet);
    for (const host of this.hosts) ip('-n', this.internet, 'address', 'add', `${host}/32`, 'dev', 'lo');
    this.#forward(this.internet);
    this.#home({ computer: this.left, router: routerOf(this.left), net: '21.0.0', mapping: mappings.left });
    this.#home({ computer: this.right, router: routerOf(this.right), net: '31.0.0', mapping: mappings.right });
  }

  /** The provider gives the right home another address: all that its router had translated is void. */
  renumberRight(): void {
    const router = routerOf(this.right);
    ip('-n', router, 'address', 'add', '31.0.0.3/24', 'dev', 'wan');
    ip('-n', router, 'address', 'delete', '31.0.0.2/24', 'dev', 'wan');
    // The second address of a subnet and the routes by the first go with it.
    ip('-n', router, 'address', 'replace', '31.0.0.3/24', 'dev', 'wan');
    ip('-n', router, 'route', 'replace', 'default', 'via', '31.0.0.1');
  }

  /** Removes what there is of them; processes inside keep their namespace until they end. Idempotent. */
  tearDown(): void {
    for (const namespace of this.#made.splice(0)) ip('netns', 'delete', namespace);
  }

  #home(home: { computer: string; router: string; net: string; mapping: Mapping }): void {
    const { computer, router, net, mapping } = home;
    for (const namespace of [computer, router]) this.#make(namespace);
    cable({ from: router, device: 'wan', to: this.internet, peer: `home-${net.split('.')[0]}` });
    cable({ from: router, device: 'lan', to: computer, peer: 'lan' });
    ip('-n', this.internet, 'address', 'add', `${net}.1/24`, 'dev', `home-${net.split('.')[0]}`);
    ip('-n', router, 'address', 'add', `${net}.2/24`, 'dev', 'wan');
    ip('-n', router, 'address', 'add', '192.168.1.1/24', 'dev', 'lan');
    ip('-n', computer, 'address', 'add', '192.168.1.2/24', 'dev', 'lan');
    ip('-n', router, 'route', 'add', 'default', 'via', `${net}.1`);
    ip('-n', computer, 'route', 'add', 'default', 'via', '192.168.1.1');
    this.#forward(router);
    setRules(router, mapping);
  }

  #make(namespace: string): void {
    ip('netns', 'add', namespace);
    this.#made.push(namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }

  #forward(namespace: string): void {
    ip('netns', 'exec', namespace, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  }
}

function name(place: string): string {
  return `parley-${place}-${process.pid}`;
}

function routerOf(computer: string): string {
  return `${computer}-r`;
}

function cable({ from, device, to, peer }: { from: string; device: string; to: string; peer: string }): void {
  ip('link', 'add', 'name', device, 'netns', from, 'type', 'veth', 'peer', 'name', peer, 'netns', to);
  ip('-n', from, 'link', 'set', device, 'up');
  ip('-n', to, 'link', 'set', peer, 'up');
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright';
import { afterAll, onTestFinished } from 'vitest';
import { launchChromium, type OpenOptions, openPage, type PersonPage } from './browser.ts';
import { type NodeProcess, startNode } from './node-process.ts';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

/** One browser for all tests of a file; each page has a context of its own. */
let browser: Promise<Browser> | undefined;
afterAll(async () => (await browser)?.close());

export interface NodeOptions {
  readonly name: string;
  /** Makes a profile of that name without passphrase when the folder has none. */
  readonly profile?: string;
  readonly bootstrap?: readonly string[];
  /** Name of a data folder inside the scene: the same name again is a restart. Default: the node's name. */
  readonly data?: string;
  readonly args?: readonly string[];
  /** The network namespace to run in, with LAN discovery; default: the host's loopback, without. */
  readonly computer?: string;
  /** Notes when its event loop stands still. */
  readonly watched?: boolean;
}

/**
 * Everything one test starts. At the test's end all of it is ended; when the test failed, the nodes' logs and
 * contracts' events, the pages' consoles and a picture of each page are kept in `e2e/results/<test>/`.
 */
export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'parley-e2e-'));
  readonly nodes: NodeProcess[] = [];
  readonly pages: PersonPage[] = [];

  /** A node with its own data folder inside the scene. */
  async node({
    name,
    profile,
    bootstrap = [],
    data = name,
    args = [],
    computer,
    watched,
  }: NodeOptions): Promise<NodeProcess> {
    const options = ['--data', join(this.folder, data), '--log', 'debug'];
    if (computer === undefined) options.push('--host', '127.0.0.1', '--no-lan');
    if (profile !== undefined) options.push('--ephemeral-profile', profile);
    for (const address of bootstrap) options.push('--bootstrap', address);
    const node = await startNode(name, [...options, ...args], { computer, watched });
    this.nodes.push(node);
    return node;
  }

  async page(options: OpenOptions): Promise<PersonPage> {
    const opened = await openPage(await this.browser(), options);
    this.pages.push(opened);
    return opened;
  }

  browser(): Promise<Browser> {
    browser ??= launchChromium();
    return browser;
  }

  async end(): Promise<void> {
    await Promise.allSettled([...this.pages.map((p) => p.context.close()), ...this.nodes.map((n) => n.stop())]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes down what is known, for whoever looks into the failure. */
  async keep(testName: string): Promise<void> {
    const folder = join(RESULTS, testName.replaceAll(/[^\w-]+/g, '-').slice(0, 100));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.nodes.forEach((node, index) => {
      writeFileSync(join(folder, `node-${index}-${node.name}.log`), node.log());
      const events = node.client.seen.map((event) => JSON.stringify(event)).join('\n');
      writeFileSync(join(folder, `node-${index}-${node.name}.events.jsonl`), `${events}\n`);
    });
    for (const { name, page, lines } of this.pages) {
      writeFileSync(join(folder, `page-${name}.log`), `${lines.join('\n')}\n`);
      await page.screenshot({ path: join(folder, `page-${name}.png`) }).catch(() => {});
    }
  }
}

/** A scene for the test that is running. Call it inside the test. */
export function newScene(): Scene {
  const scene = new Scene();
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await scene.keep(task.name);
    await scene.end();
  });
  return scene;
}

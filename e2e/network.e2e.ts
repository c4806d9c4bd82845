import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { PACKET_KIND } from '../core/codec/limits.ts';
import { pageHeaders } from '../core/node/host/page-headers.ts';
import { MainWindow } from './screens/main-window.ts';
import { addAxe, expectAccessible } from './support/axe.ts';
import { hostileRequests } from './support/hostile-requests.ts';
import { asPerson, people } from './support/people.ts';
import { startPrivateNetwork } from './support/private-network.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';
import { until } from './support/until.ts';

const NODES = 20;
const FIRST_MESSAGE_LIMIT_MS = 2_000;

describe('the network page', () => {
  test('shows the own node, the k-buckets and the neighbours with their round-trip times', async () => {
    const network = await startPrivateNetwork(NODES);
    onTestFinished(network.stop);
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada', bootstrap: [network.bootstrap] });
    await until('most of the network is known', async () => {
      return (await node.client.call('network.status')).nodeCount >= NODES - 4;
    });
    const { page } = await scene.page({ name: 'ada', url: node.ready.ui });
    const shown = await new MainWindow(page).openNetwork();
    await see(shown.getByTestId('node-id')).toHaveText(spaced(node.ready.nodeId));
    await see(shown.getByTestId('bootstrap-address')).toHaveText(node.ready.bootstrap);
    await see(shown.getByTestId('reachability')).toHaveAttribute('data-state', /^(unknown|reachable)$/);

    await until('picture and neighbours agree with the node', async () => {
      const status = await node.client.call('network.status');
      const filled = await shown.locator('[data-testid=buckets] .slot:not(.slot-free)').count();
      const columns = await shown.locator('[data-testid=buckets] [data-prefix]').count();
      const inBuckets = status.buckets.reduce((sum, bucket) => sum + bucket.nodes.length, 0);
      return filled === inBuckets && columns === status.buckets.length && columns > 1;
    });
    await see(page.getByTestId('node-count')).toHaveText(/^(1[6-9]|20) nodes known$/);
    const rows = shown.getByTestId('neighbours').locator('tbody tr');
    await see(rows.first()).toBeVisible();
    const times = await rows.locator('td:nth-child(3)').allTextContents();
    expect(times.length).toBeGreaterThanOrEqual(5);
    for (const time of times) expect(time).toMatch(/^\d+(\.\d)? ms$/);
    const addresses = await rows.locator('td:nth-child(2)').allTextContents();
    for (const address of addresses) expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const known = new Set(network.nodeIds);
    const ids = await rows
      .locator('td:nth-child(1)')
      .evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).title));
    for (const id of ids) expect(known.has(id)).toBe(true);
    await shown.getByText('Show as a table').click();
    await see(shown.getByRole('region', { name: 'Nodes of the routing table' })).toBeVisible();
  });

  test('is where somebody who meets nobody is led, until they meet somebody', async () => {
    const scene = newScene();
    const other = await scene.node({ name: 'other' });
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    const { page } = await scene.page({ name: 'ada' });
    await addAxe(page);
    await page.goto(node.ready.ui);
    const window = new MainWindow(page);
    const remark = page.getByTestId('alone');
    await see(remark).toContainText('No other computer was found');
    await expectAccessible(page, 'alone');
    await remark.click();
    const shown = page.getByTestId('network');
    await see(remark).toHaveCount(0);
    await expectAccessible(page, 'network page of somebody alone');
    await shown.getByRole('button', { name: 'Enter a bootstrap address' }).click();
    await see(shown.getByLabel('Add a bootstrap node')).toBeFocused();
    await page.keyboard.insertText(other.ready.bootstrap);
    await page.keyboard.press('Enter');
    await see(page.getByTestId('node-count')).toHaveText('1 node known');
    await window.home();
    await see(remark).toHaveCount(0);
  });

  test('names what is wrong with a bootstrap address, adds a good one, removes it and takes that back', async () => {
    const scene = newScene();
    const other = await scene.node({ name: 'other' });
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    const { page } = await scene.page({ name: 'ada', url: node.ready.ui });
    const window = new MainWindow(page);
    const shown = await window.openNetwork();
    await see(shown.getByText('No other node was found yet.')).toBeVisible();
    const field = shown.getByLabel('Add a bootstrap node');
    const add = shown.getByRole('button', { name: 'Add node' });
    const good = other.ready.bootstrap;
    const bad: readonly (readonly [string, string])[] = [
      ['somewhere', 'Write it as HOST:PORT/PUBLICKEY.'],
      [good.replace(/:\d+\//, ':99999/'), 'The port must be between 1 and 65535.'],
      [good.slice(0, -1), 'The public key must have 64 hexadecimal digits; this one has 63.'],
      [`${good.slice(0, -1)}g`, 'The public key has characters that are not hexadecimal (0-9, a-f).'],
    ];
    for (const [address, reason] of bad) {
      await field.fill(address);
      await add.click();
      await see(shown.getByRole('alert')).toHaveText(reason);
      await expect(node.client.call('network.bootstrap', { address })).rejects.toMatchObject({ code: 'bad-address' });
    }
    await field.fill(good);
    await add.click();
    const entry = shown.getByTestId('bootstrap-list').getByRole('listitem').filter({ hasText: good });
    await see(entry).toContainText('Answered');
    await see(page.getByTestId('node-count')).toHaveText('1 node known');
    await entry.getByRole('button', { name: /^Remove bootstrap node/ }).click();
    await see(entry).toHaveCount(0);
    await window.pressInNotice('The bootstrap node was removed.', 'Undo');
    await see(entry).toContainText('Answered');
  });

  test('counts packets that are dropped, by reason', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    const { page } = await scene.page({ name: 'ada', url: node.ready.ui });
    const shown = await new MainWindow(page).openNetwork();
    await see(shown.getByText('None. Broken, forged or unwanted packets would be counted here.')).toBeVisible();
    const { port } = await node.client.call('network.status');
    const socket = createSocket('udp4');
    const noDatagram = Buffer.from('hello');
    const forged = Buffer.alloc(200, PACKET_KIND.dht);
    const cut = forged.subarray(0, 3);
    for (const packet of [noDatagram, forged, cut]) socket.send(packet, port, '127.0.0.1');
    const expected = { 'unknown-packet': 1, 'dht-not-authentic': 1, 'dht-bad-length': 1 };
    await until('the packets are counted', async () => {
      const { dropped } = await node.client.call('network.status');
      return Object.keys(dropped).length === 3;
    });
    socket.close();
    expect((await node.client.call('network.status')).dropped).toEqual(expected);
    for (const reason of Object.keys(expected)) {
      await see(shown.getByTestId('dropped')).toContainText(`${reason.replaceAll('-', ' ')}1`);
    }
  });
});

describe('two nodes that know only a third', () => {
  test('go from a friend request to the first delivered message in under 2 s', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    const started = performance.now();
    const asked = new Promise<void>((resolve) => {
      ben.node.client.on('friends.requested', ({ request }) => {
        if (request?.key === ada.key) resolve();
      });
    });
    const delivered = new Promise<void>((resolve) => {
      ada.node.client.on('messages.changed', ({ messages }) => {
        if (messages.some(({ state }) => state === 'delivered')) resolve();
      });
    });
    await ada.node.client.call('friends.add', { publicId: ben.publicId, alias: 'ben', greeting: 'Hello' });
    await ada.node.client.call('messages.send', { friend: ben.key, text: 'The first word' });
    await asked;
    await ben.node.client.call('friends.accept', { publicId: ada.key, alias: 'ada' });
    await delivered;
    const passed = performance.now() - started;
    process.stdout.write(`from friend request to delivered message: ${passed.toFixed(0)} ms\n`);
    expect(passed).toBeLessThan(FIRST_MESSAGE_LIMIT_MS);
  });
});

describe('the browser host', () => {
  test('serves the page with strict headers, and nothing beside it', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada' });
    const { origin } = new URL(node.ready.ui);
    const answer = await fetch(origin);
    expect(answer.status).toBe(200);
    for (const [name, value] of Object.entries(pageHeaders("'self'"))) expect(answer.headers.get(name)).toBe(value);
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).not.toContain(node.ready.token);
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/rpc', '/profile.db', '/.built-node', '//x']) {
      expect((await fetch(`${origin}${path}`)).status, path).not.toBe(200);
    }
    expect((await fetch(origin, { method: 'POST' })).status).toBe(405);
  });

  test('is asked for nothing but its own files and its own socket', async () => {
    const network = await startPrivateNetwork(3);
    onTestFinished(network.stop);
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada', bootstrap: [network.bootstrap] });
    const { page, requests, problems } = await scene.page({ name: 'ada', url: node.ready.ui });
    const window = new MainWindow(page);
    await window.openOwnId();
    await window.closeDialog();
    await window.openNetwork();
    await window.openSettings();
    await page.reload();
    await see(page.getByText('No friends yet')).toBeVisible();
    const { host } = new URL(node.ready.ui);
    expect(requests.length).toBeGreaterThanOrEqual(4);
    expect(requests.filter((url) => new URL(url).host !== host)).toEqual([]);
    expect(requests.filter((url) => url.slice(0, url.indexOf('#') >>> 0).includes(node.ready.token))).toEqual([]);
    expect(page.url()).not.toContain('token');
    expect(problems()).toEqual([]);
  });

  test('is cut off from a foreign page that opens it', async () => {
    const scene = newScene();
    const node = await scene.node({ name: 'ada', profile: 'Ada' });
    const foreign = new URL('/', node.ready.ui);
    foreign.hostname = 'localhost';
    const { page } = await scene.page({ name: 'foreign', url: foreign.href });
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate((url) => Object.assign(window, { opened: window.open(url) }), node.ready.ui),
    ]);
    await see(popup.getByText('No friends yet')).toBeVisible();
    expect(await popup.evaluate(() => window.opener === null)).toBe(true);
    expect(await page.evaluate(() => (window as unknown as { opened: Window }).opened.closed)).toBe(true);
  });

  test('refuses foreign origins, foreign names, wrong tokens and strangers', async () => {
    const scene = newScene();
    const { ready } = await scene.node({ name: 'ada', profile: 'Ada' });
    const bearer = { authorization: `Bearer ${ready.token}` };
    expect(await upgradeStatus(ready.rpc, { ...bearer, origin: 'https://evil.example.org' })).toBe(403);
    expect(await upgradeStatus(ready.rpc, { ...bearer, origin: 'null' })).toBe(403);
    expect(await upgradeStatus(ready.rpc, { ...bearer, host: 'evil.example.org' })).toBe(403);
    expect(await upgradeStatus(ready.rpc, { authorization: 'Bearer wrong' })).toBe(401);
    expect(await upgradeStatus(`${ready.rpc}/elsewhere`, bearer)).toBe(404);
    expect(await upgradeStatus(ready.rpc, bearer)).toBe(101);

    const stranger = new WebSocket(ready.rpc);
    await once(stranger, 'open');
    stranger.send('{"jsonrpc":"2.0","id":1,"method":"profile.get"}');
    const [text] = await once(stranger, 'message');
    expect(JSON.parse(String(text)).error.data.code).toBe('unauthorised');
    const [code] = await once(stranger, 'close');
    expect(code).toBeGreaterThanOrEqual(4_000);
  });

  test('answers hostile calls with clear errors, and lives', async () => {
    const scene = newScene();
    const { ada, ben } = await people(scene, 'ada', 'ben');
    await ada.node.client.call('friends.add', { publicId: ben.publicId, alias: 'ben' });
    const socket = new WebSocket(ada.node.ready.rpc, {
      headers: { authorization: `Bearer ${ada.node.ready.token}` },
    });
    await once(socket, 'open');
    const answers = new Map<number, { error?: { message: string; data?: { code: string } }; result?: unknown }>();
    const others: unknown[] = [];
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (typeof message.id === 'number') answers.set(message.id, message);
      else if (message.method === undefined) others.push(message);
    });
    const requests = hostileRequests({ seed: 7, count: 1_000, friend: ben.key });
    for (const { text } of requests) socket.send(text);
    const expected = requests.filter(({ id }) => id !== undefined);
    await until('every call is answered', () => expected.every(({ id }) => answers.has(id!)));
    const codes = new Set<string | undefined>();
    for (const { id, text } of expected) {
      const { error } = answers.get(id!)!;
      codes.add(error?.data?.code);
      if (error === undefined) continue;
      expect(error.message, text.slice(0, 200)).toMatch(/^[A-Z“"'`\w][^\n]{3,300}$/);
      expect(error.data?.code, text.slice(0, 200)).not.toBe('internal');
      expect(error.message).not.toMatch(/\bat .*:\d+|undefined|\[object|TypeError|RangeError|SQLITE/);
    }
    // The calls got far enough to matter.
    for (const code of [undefined, 'invalid-argument', 'unknown-method', 'bad-public-id', 'bad-address']) {
      expect(codes).toContain(code);
    }
    expect(others.length).toBeGreaterThan(0);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
    expect(await asPerson(ada.node)).toMatchObject({ key: ada.key });
    expect(ada.node.log()).not.toMatch(/internal error|uncaught/i);
    await expect(ada.node.stop()).resolves.toBe(0);
  });
});

function spaced(hex: string): string {
  return hex.match(/.{4}/g)!.join(' ');
}

/** 101 when the upgrade was granted, else the HTTP status. */
function upgradeStatus(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url, { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('error', reject);
  }).finally(() => socket.terminate()) as Promise<number>;
}

import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { MainWindow } from './screens/main-window.ts';
import { type Caller, callButton, EPOCH_SECONDS, talk, twoPeople } from './support/callers.ts';
import { audible, hear, heldDevices, playoutOf, pullOutMicrophone } from './support/ears.ts';
import { friendOf } from './support/people.ts';
import { newScene } from './support/scene.ts';
import { see } from './support/see.ts';
import { stalledMs } from './support/stalls.ts';
import { TONE_HERTZ, TONE_OFF_MS, TONE_ON_MS } from './support/test-tone.ts';
import { until } from './support/until.ts';

/** Half a minute takes `PARLEY_LONG=1 npm run e2e -- calls.e2e`, on a machine without other work: no frame may be filled in. */
const LONG = process.env.PARLEY_LONG === '1';
const CALL_SECONDS = LONG ? 30 : 8;
const FRAME_MS = 20;
/** So long a page does nothing but count. */
const BUSY_MS = 2_000;
const TONE_SHARE = TONE_ON_MS / (TONE_ON_MS + TONE_OFF_MS);

test('two windows talk: the tone arrives, mute silences it, no key change is heard, hanging up frees the devices', async () => {
  const scene = newScene();
  const { ada, ben } = await twoPeople(scene);
  await ada.window.openChat('ben');
  await callButton(ada, 'ben').click();
  await see(ben.call.incoming).toContainText('ada');
  await see(ada.call.root).toHaveAttribute('data-state', 'ringing-there');
  expect(await heldDevices(ben.page.page)).toEqual({ microphones: 0, speakers: 0 });
  await until(
    'Ada hears that it rings there',
    async () => audible(await hear(ada.page.page, 10, 'players')).length > 3,
  );
  const begun = Date.now();
  await ben.call.accept();
  for (const { call } of [ada, ben]) await call.isActive();

  await until('Ben hears something', async () => audible(await hear(ben.page.page, 5)).length > 0);
  const heard = await hear(ben.page.page, 60);
  const tone = audible(heard);
  // The windows fall anywhere into the syllables, so their share is only about that of the tone.
  expect(tone.length / heard.length).toBeGreaterThan(TONE_SHARE * 0.6);
  const pitches = tone.map(({ hertz }) => hertz).sort((a, b) => a - b);
  expect(pitches[Math.floor(pitches.length / 2)]).toBeGreaterThan(TONE_HERTZ * 0.98);
  expect(pitches[Math.floor(pitches.length / 2)]).toBeLessThan(TONE_HERTZ * 1.02);

  await ben.call.lasts(CALL_SECONDS);
  // Not from the details: to open them takes so much of two processors that others stand still.
  const heardBy = { ada: await playoutOf(ada.page.page), ben: await playoutOf(ben.page.page) };
  const who = { pages: [ada.page.page, ben.page.page], nodes: [ada.node, ben.node] };
  const stalled = await stalledMs(who, begun, Date.now());
  for (const [name, { played, concealed, expected, received, addedMs, removedMs }] of Object.entries(heardBy)) {
    const counts = `${played} pieces played, ${expected - received} lost, ${concealed} filled in, ${Math.round(addedMs)} ms put in and ${Math.round(removedMs)} taken out by playing slower or faster`;
    process.stderr.write(`at ${name}'s: ${counts}; programs stood still for ${Math.round(stalled)} ms in all\n`);
  }
  for (const { played, concealed, expected, received } of Object.values(heardBy)) {
    expect(expected - received).toBe(0);
    expect(played).toBeGreaterThan(CALL_SECONDS * 20);
    // Nothing is lost on this path. What is filled in came late: where other work is going on, because a program did
    // not get to run.
    expect(concealed * FRAME_MS).toBeLessThanOrEqual(LONG ? 0 : stalled);
  }
  const [link] = (await ben.node.client.call('network.status')).links;
  expect(link?.epoch).toBeGreaterThanOrEqual(CALL_SECONDS / EPOCH_SECONDS);

  expect((await ben.call.pieces()).lost).toBe(0);

  await ada.call.mute.click();
  await see(ben.call.root).toContainText('Their microphone is off');
  await until('Ben hears nothing', async () => audible(await hear(ben.page.page, 20)).length === 0);
  await ada.call.mute.click();
  await until('Ben hears the tone again', async () => audible(await hear(ben.page.page, 20)).length > 5);

  expect(await heldDevices(ada.page.page)).toEqual({ microphones: 1, speakers: 1 });
  await ben.call.hangUp.click();
  for (const { page, call } of [ada, ben]) {
    await see(call.root).toHaveCount(0);
    await until('the devices are free', async () => {
      const { microphones, speakers } = await heldDevices(page.page);
      return microphones === 0 && speakers === 0;
    });
    expect(page.problems()).toEqual([]);
  }
  await see(ada.page.page.getByTestId('call-entry')).toContainText('Call,');
});

test('sound goes on while a page is busy, on either side', async () => {
  const scene = newScene();
  const { ada, ben } = await twoPeople(scene);
  await talk(ada, ben);
  await until('Ben hears something', async () => audible(await hear(ben.page.page, 5)).length > 0);
  for (const busy of [ben, ada]) {
    const before = await playoutOf(ben.page.page);
    await busy.page.page.evaluate((ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    }, BUSY_MS);
    const frames = BUSY_MS / FRAME_MS;
    const after = await until('Ben heard on', async () => {
      const now = await playoutOf(ben.page.page);
      return now.played - before.played >= frames && now;
    });
    // With the sound on the page's thread nearly all of them would be gaps or silence.
    const gaps = after.concealed - before.concealed + after.silent - before.silent;
    process.stderr.write(`${busy.node.name}'s page was busy for ${BUSY_MS} ms: ${gaps} pieces of ${frames} missing\n`);
    expect(gaps).toBeLessThan(frames / 2);
  }
});

describe('a call that does not come about', () => {
  test('was declined, or cancelled, and both chats say so', async () => {
    const scene = newScene();
    const { ada, ben } = await twoPeople(scene);
    const entry = (of: Caller, words: string) => of.page.page.getByTestId('call-entry').filter({ hasText: words });
    await ada.window.openChat('ben');
    await ben.window.openChat('ada');
    const call = callButton(ada, 'ben');

    await call.click();
    await see(ben.call.incoming).toBeVisible();
    await until('it rings', async () => audible(await hear(ben.page.page, 10, 'players')).length > 3);
    await ben.call.decline();
    await see(ada.page.page.locator('.toast')).toContainText('ben declined the call.');
    await see(entry(ada, 'Call declined')).toBeVisible();
    await see(entry(ben, 'You declined a call')).toBeVisible();

    await call.click();
    await see(ben.call.incoming).toBeVisible();
    await ada.call.hangUp.click();
    await see(ben.call.incoming).toHaveCount(0);
    await see(entry(ada, 'Call cancelled')).toBeVisible();
    await see(entry(ben, 'Missed call')).toBeVisible();
    for (const { page } of [ada, ben]) {
      expect(await heldDevices(page.page)).toEqual({ microphones: 0, speakers: 0 });
      expect(page.problems()).toEqual([]);
    }
  });

  test('is seen by a friend who was away when they come back', async () => {
    const scene = newScene();
    const { ada, ben } = await twoPeople(scene);
    await ben.node.stop();
    await until('Ada sees that Ben is gone', async () => (await friendOf(ada, ben)).presence === 'offline', 60_000);
    await ada.window.openChat('ben');
    await callButton(ada, 'ben').click();
    await see(ada.call.root).toContainText('Looking for them…');
    await ada.call.hangUp.click();
    await see(ada.page.page.getByTestId('call-entry')).toContainText('Call cancelled');
    const [door] = scene.nodes;
    const again = await scene.node({ name: 'ben again', data: 'ben', bootstrap: [door!.ready.bootstrap] });
    const page = await scene.page({ name: 'ben again', url: again.ready.ui });
    const chat = await new MainWindow(page.page).openChat('ada');
    await until(
      'the missed call is told',
      async () => (await chat.page.getByTestId('call-entry').count()) === 1,
      60_000,
    );
    await see(chat.page.getByTestId('call-entry')).toContainText('Missed call');
  });
});

describe('without a microphone', () => {
  /** As when the person, or the system, says no: each time until it is set otherwise. */
  const refuse = (page: Page, name: string) =>
    page.addInitScript((name) => {
      const { mediaDevices } = navigator;
      const ask = mediaDevices.getUserMedia.bind(mediaDevices);
      Object.assign(globalThis, { refuse: true });
      mediaDevices.getUserMedia = (constraints) =>
        (globalThis as unknown as { refuse: boolean }).refuse
          ? Promise.reject(new DOMException('no', name))
          : ask(constraints);
    }, name);

  test('one hears the other side, is told why one is not heard, and can try again', async () => {
    const scene = newScene();
    const { ada, ben } = await twoPeople(scene);
    await refuse(ada.page.page, 'NotAllowedError');
    await ada.page.page.reload();
    await ben.window.openChat('ada');
    await callButton(ben, 'ada').click();
    await ada.call.accept();
    await see(ada.call.remark).toContainText('Parley may not use the microphone');
    await until('Ada hears Ben', async () => audible(await hear(ada.page.page, 10)).length > 0);
    expect(audible(await hear(ben.page.page, 20))).toEqual([]);
    await ada.page.page.evaluate(() => Object.assign(globalThis, { refuse: false }));
    await ada.call.remark.getByRole('button', { name: 'Try again' }).click();
    await see(ada.call.remark).toHaveCount(0);
    await until('Ben hears Ada', async () => audible(await hear(ben.page.page, 10)).length > 0);

    // It is pulled out, and there is no other one.
    await ada.page.page.evaluate(() => Object.assign(globalThis, { refuse: true }));
    await pullOutMicrophone(ada.page.page);
    await see(ada.call.remark).toContainText('The microphone is gone');
    await see(ada.call.root).toHaveAttribute('data-state', 'active');
    await until('Ben hears nothing', async () => audible(await hear(ben.page.page, 20)).length === 0);
    // Another one is plugged in.
    await ada.page.page.evaluate(() => {
      Object.assign(globalThis, { refuse: false });
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    });
    await until('Ben hears Ada again', async () => audible(await hear(ben.page.page, 10)).length > 0);
  });
});

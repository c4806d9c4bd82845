import { CallScreen } from '../screens/call.ts';
import { MainWindow } from '../screens/main-window.ts';
import type { PersonPage } from './browser.ts';
import { addEars } from './ears.ts';
import { asPerson, befriend, type Person } from './people.ts';
import type { Scene } from './scene.ts';
import { watchStalls } from './stalls.ts';

/** Each key of a link is replaced at this age, in the calls of the tests. */
export const EPOCH_SECONDS = 2;

/** A person with a window. */
export interface Caller extends Person {
  readonly page: PersonPage;
  readonly window: MainWindow;
  readonly call: CallScreen;
}

export async function caller(scene: Scene, name: string, person: Person): Promise<Caller> {
  const page = await scene.page({ name });
  await addEars(page.page);
  await watchStalls(page.page);
  await page.page.goto(person.node.ready.ui);
  return { ...person, page, window: new MainWindow(page.page), call: new CallScreen(page.page) };
}

/** A bootstrap node and people whose links change their key every EPOCH_SECONDS; all are the friends of the first one. */
export async function friendsWhoCall<const N extends readonly [string, ...string[]]>(
  scene: Scene,
  ...names: N
): Promise<{ readonly [I in keyof N]: Person }> {
  const door = await scene.node({ name: 'bootstrap' });
  const options = { bootstrap: [door.ready.bootstrap], args: ['--epoch', String(EPOCH_SECONDS)], watched: true };
  const people = await Promise.all(
    names.map(async (name) => asPerson(await scene.node({ name, profile: name, ...options }))),
  );
  const [first, ...others] = people;
  for (const other of others) await befriend(first!, other);
  return people as { readonly [I in keyof N]: Person };
}

/** Two people with a window each. */
export async function twoPeople(scene: Scene): Promise<{ ada: Caller; ben: Caller }> {
  const [ada, ben] = await friendsWhoCall(scene, 'ada', 'ben');
  return { ada: await caller(scene, 'ada', ada), ben: await caller(scene, 'ben', ben) };
}

/** The button in the chat that is open. */
export function callButton({ page }: Caller, name: string) {
  return page.page.getByTestId('chat').getByRole('button', { name: `Call ${name}` });
}

/** Both windows are in a call, which `from` began from the chat. */
export async function talk(from: Caller, to: Caller): Promise<void> {
  await from.window.openChat(to.node.name);
  await callButton(from, to.node.name).click();
  await to.call.accept();
  for (const { call } of [from, to]) await call.isActive();
}

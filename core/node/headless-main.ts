import { type HeadlessHost, startHeadless } from './headless.ts';
import { givenDoor } from './host/given-door.ts';
import { limitNewSpace } from './new-space.ts';
import { endOnSignals } from './process-end.ts';

/** `npm run node`: the headless command as a process. */
export async function runHeadless(
  host: Pick<HeadlessHost, 'version' | 'pageFolder' | 'createCore' | 'createNetwork'>,
): Promise<void> {
  const end = endOnSignals();
  const node = await startHeadless({
    ...host,
    argv: process.argv.slice(2),
    env: process.env,
    door: givenDoor(process),
    print: (text) => process.stdout.write(text),
    printError: (text) => process.stderr.write(text),
  });
  if ('exitCode' in node) end.with(node.exitCode);
  else end.owner(node);
  await limitNewSpace();
}

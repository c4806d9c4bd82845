import { serveRole } from '../processes.ts';
import { askerRole } from './asker.ts';
import { carriersRole } from './carriers.ts';
import { echoRole } from './echo.ts';
import { linkRole } from './link-person.ts';
import { networkRole } from './network.ts';
import { personRole } from './person.ts';

/** Plays the role of this name for the parent process. @throws for a name nobody knows. */
export async function playRole(name: string | undefined): Promise<void> {
  switch (name) {
    case 'network':
      return serveRole(networkRole());
    case 'carriers':
      return serveRole(carriersRole());
    case 'person':
      return serveRole(personRole());
    case 'link':
      return serveRole(await linkRole());
    case 'asker':
      return serveRole(await askerRole());
    case 'echo':
      return serveRole(await echoRole());
    default:
      throw new Error(`there is no role ${name}`);
  }
}

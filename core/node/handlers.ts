import type { Handlers, Method } from '../api/contract.ts';
import { ApiError, ERROR_CODES, type ErrorCode } from '../api/errors.ts';
import { DEFAULT_SETTINGS } from '../api/views.ts';
import { unknownWords } from '../crypto/recovery-words.ts';
import { MessengerError } from '../messenger/errors.ts';
import type { Messenger } from '../messenger/messenger.ts';
import { DiskFullError, FileUnusableError } from '../ports/files.ts';
import { StoreError } from '../store/errors.ts';
import { isDiskFull } from './adapters/node-files.ts';
import { base64ToBytes, bytesToBase64 } from './base64.ts';
import type { NetworkService } from './network-service.ts';
import type { ProfileService } from './profile-service.ts';

/** The contract, answered by the services of a node. */
export function createHandlers(profile: ProfileService, network: NetworkService): Handlers {
  const messenger = (): Messenger => profile.session.messenger;
  const done = {};
  const handlers: Handlers = {
    'profile.get': () => profile.view(),
    'profile.create': async (args) => ({ words: await profile.create(args) }),
    'profile.words': async ({ passphrase }) => ({ words: await profile.words(passphrase) }),
    'profile.confirmWords': async ({ words }) => ({ correct: await profile.confirmWords(words) }),
    'profile.checkWords': ({ words }) => ({ unknown: unknownWords(words) }),
    'profile.restoreWords': (args) => profile.restoreWords(args).then(() => done),
    'profile.restoreBackup': ({ backup, ...args }) =>
      profile.restoreBackup({ backup: backupBytes(backup), ...args }).then(() => done),
    'profile.listAside': () => profile.listAside(),
    'profile.takeBack': (args) => profile.takeBack(args).then(() => done),
    'profile.eraseAside': async ({ folder }) => ({ at: await profile.eraseAside(folder) }),
    'profile.undoErase': ({ folder }) => profile.undoErase(folder).then(() => done),
    'profile.exportBackup': async ({ backupPassphrase }) => {
      const backup = bytesToBase64(await profile.exportBackup(backupPassphrase));
      return { fileName: 'parley-backup.parley', backup };
    },
    'profile.unlock': ({ passphrase }) => profile.unlock(passphrase).then(() => done),
    'profile.retry': () => profile.retry().then(() => done),
    'profile.lock': () => profile.lock().then(() => done),
    'profile.setName': ({ name }) => profile.setName(name).then(() => done),
    'profile.setPassphrase': ({ current, next }) => profile.setPassphrase(current, next).then(() => done),
    'profile.newInviteTag': () => {
      profile.newInviteTag();
      const view = profile.view();
      if (view.state !== 'open') throw new ApiError('profile-locked', 'The profile is locked.');
      return { publicId: view.publicId, link: view.link };
    },

    'friends.list': () => messenger().friends.list(),
    'friends.add': (args) => messenger().friends.add(args),
    'friends.requests': () => messenger().friends.listRequests(),
    'friends.accept': (args) => messenger().friends.accept(args),
    'friends.ignore': (args) =>
      messenger()
        .friends.ignore(args)
        .then(() => done),
    'friends.undoIgnore': (args) =>
      messenger()
        .friends.undoIgnore(args)
        .then(() => done),
    'friends.rename': (args) => messenger().friends.rename(args),
    'friends.block': (args) =>
      messenger()
        .friends.block(args)
        .then(() => done),
    'friends.unblock': (args) =>
      messenger()
        .friends.unblock(args)
        .then(() => done),
    'friends.remove': (args) =>
      messenger()
        .friends.remove(args)
        .then(() => done),
    'friends.listRemoved': () => messenger().friends.listRemoved(),
    'friends.undoRemove': (args) => messenger().friends.undoRemove(args),

    'messages.send': (args) => messenger().messages.send(args),
    'messages.list': (args) => messenger().messages.list(args),
    'messages.search': async (args) => {
      await messenger().messages.indexed();
      return messenger().messages.search(args);
    },
    'messages.countHits': async (args) => {
      await messenger().messages.indexed();
      return messenger().messages.countHits(args);
    },
    'messages.hitPlaces': (args) => messenger().messages.hitPlaces(args),
    'messages.markRead': (args) =>
      messenger()
        .messages.markRead(args)
        .then(() => done),
    'messages.cancel': (args) =>
      messenger()
        .messages.cancel(args)
        .then(() => done),
    'messages.delete': (args) => messenger().messages.delete(args),
    'messages.listDeleted': () => messenger().messages.listDeleted(),
    'messages.undoDelete': (args) =>
      messenger()
        .messages.undoDelete(args)
        .then(() => done),
    'messages.resend': (args) => messenger().messages.resend(args),
    'messages.setTyping': (args) => {
      messenger().messages.setTyping(args);
      return done;
    },
    'messages.setDraft': (args) =>
      messenger()
        .messages.setDraft(args)
        .then(() => done),

    'calls.start': (args) => messenger().calls.begin(args),
    'calls.accept': (args) => {
      messenger().calls.accept(args);
      return done;
    },
    'calls.decline': (args) => {
      messenger().calls.decline(args);
      return done;
    },
    'calls.end': (args) => {
      messenger().calls.end(args);
      return done;
    },
    'calls.setMuted': (args) => {
      messenger().calls.setMuted(args);
      return done;
    },
    'calls.list': () => messenger().calls.list(),

    'network.status': () => network.status(),
    'network.bootstrap': ({ address }) => network.addBootstrap(address).then(() => done),
    'network.removeBootstrap': ({ address }) => network.removeBootstrap(address).then(() => done),
    'network.setCarrying': ({ bytes }) => network.setCarrying(bytes).then(() => done),

    'settings.get': () => profile.openSession?.messenger.settings.get() ?? DEFAULT_SETTINGS,
    'settings.set': (patch) => messenger().settings.set(patch),
  };
  return withApiErrors(handlers);
}

/** Failures of the layers below leave as failures of the contract, with the same codes. */
function withApiErrors(handlers: Handlers): Handlers {
  const wrapped: Record<string, unknown> = {};
  for (const method of Object.keys(handlers) as Method[]) {
    const handler = handlers[method] as (args: unknown) => unknown;
    wrapped[method] = async (args: unknown) => {
      try {
        return await handler(args);
      } catch (error) {
        throw toApiError(error);
      }
    };
  }
  return wrapped as Handlers;
}

/** What has no code of its own comes back as it is: a bug, reported as `internal`. */
export function toApiError(error: unknown): unknown {
  if (error instanceof MessengerError) return new ApiError(error.code, error.message, error.details);
  if (error instanceof DiskFullError || isDiskFull(error)) return new ApiError('disk-full', 'The disk is full.');
  if (error instanceof StoreError) return new ApiError(codeOf(error), sentence(error.message));
  if (error instanceof FileUnusableError) return new ApiError('profile-unreadable', sentence(error.message));
  return fileSystemError(error) ?? error;
}

/** Of a data folder that was mounted anew for reading only, or of a failing disk. */
function fileSystemError(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const code = String(error.code);
  if (!['EROFS', 'EACCES', 'EPERM', 'EBUSY', 'EIO'].includes(code)) return undefined;
  return new ApiError('profile-unreadable', `The system does not let the data folder be changed (${code}).`);
}

function codeOf(error: StoreError): ErrorCode {
  if (error.code === 'wrong-key' || error.code === 'database-too-new') return 'database-corrupt';
  return (ERROR_CODES as readonly string[]).includes(error.code) ? (error.code as ErrorCode) : 'internal';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function backupBytes(backup: string): Uint8Array {
  const bytes = base64ToBytes(backup);
  if (bytes === undefined) throw new ApiError('wrong-backup', 'This is not a backup file of Parley, or it is damaged.');
  return bytes;
}

import { ApiError } from '../api/errors.ts';
import type { ProfileView } from '../api/views.ts';
import { openBackup, sealBackup } from '../crypto/backup.ts';
import type { KeyFileSecrets } from '../crypto/key-file.ts';
import { seedToWords, wordsToSeed } from '../crypto/recovery-words.ts';
import { fromHex, toHex } from '../ids/bytes.ts';
import { publicIdLink } from '../ids/public-id.ts';
import type { Clock } from '../ports/clock.ts';
import { Emitter } from '../ports/events.ts';
import type { Random } from '../ports/random.ts';
import { type BackupContent, readBackupContent, restoreFriends, writeBackupContent } from './backup-content.ts';
import type { ProfileSession } from './profile-session.ts';
import { type ProfileVault, type Protection, wipeSecrets } from './profile-vault.ts';

const KEY_BYTES = 32;

export interface ProfileServiceOptions {
  readonly vault: ProfileVault;
  readonly clock: Clock;
  readonly random: Random;
  /** Opens database, links and messenger. The secrets may be wiped when it returns. */
  readonly openSession: (secrets: KeyFileSecrets) => ProfileSession;
  /** Puts a database aside that belongs to no key file any more. */
  readonly setOldDatabaseAside: () => Promise<void>;
}

interface NewProfile {
  readonly seed: Uint8Array;
  readonly name?: string;
  readonly passphrase?: string;
  readonly backup?: BackupContent;
}

type State =
  | { readonly kind: 'missing' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'open'; readonly session: ProfileSession; readonly protection: Protection };

/** Life of the profile: made or restored, locked, open. One operation at a time. */
export class ProfileService {
  readonly changed = new Emitter<ProfileView>();
  /** A session begins or ends: whoever listens to the messenger follows. */
  readonly sessionChanged = new Emitter<ProfileSession | undefined>();
  readonly #options: ProfileServiceOptions;
  #state: State = { kind: 'missing' };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ProfileServiceOptions) {
    this.#options = options;
  }

  /** Opens the profile when nothing has to be asked for it. @throws ApiError for a damaged key file or database. */
  start(passphrase?: string): Promise<void> {
    return this.#inTurn(async () => {
      const protection = await this.#options.vault.protection();
      if (protection === undefined) return;
      this.#state = { kind: 'locked' };
      if (protection !== 'passphrase' || passphrase !== undefined) await this.#open(protection, passphrase);
    });
  }

  /** The open profile. @throws ApiError `no-profile`, `profile-locked` */
  get session(): ProfileSession {
    if (this.#state.kind === 'open') return this.#state.session;
    if (this.#state.kind === 'locked') throw new ApiError('profile-locked', 'The profile is locked.');
    throw new ApiError('no-profile', 'There is no profile yet.');
  }

  get openSession(): ProfileSession | undefined {
    return this.#state.kind === 'open' ? this.#state.session : undefined;
  }

  view(): ProfileView {
    if (this.#state.kind === 'missing') return { state: 'missing' };
    if (this.#state.kind === 'locked') return { state: 'locked', name: '' };
    const { session, protection } = this.#state;
    return {
      state: 'open',
      name: session.messenger.name,
      key: toHex(session.keys.publicKey),
      publicId: session.publicId,
      link: publicIdLink(session.publicId),
      inviteTag: session.inviteTag,
      protection,
      wordsConfirmed: session.wordsConfirmed,
    };
  }

  /** @returns the 24 recovery words of the new profile. @throws ApiError `profile-exists` */
  create(options: { name?: string; passphrase?: string }): Promise<string[]> {
    return this.#inTurn(async () => {
      const seed = this.#options.random.bytes(KEY_BYTES);
      const words = seedToWords(seed);
      await this.#make({ seed, ...options });
      return words;
    });
  }

  /** @throws ApiError `profile-exists`, `wrong-words` */
  restoreWords(options: { words: string; name?: string; passphrase?: string }): Promise<void> {
    return this.#inTurn(async () => {
      const parsed = wordsToSeed(options.words);
      if (!parsed.ok) throw wrongWords(parsed);
      await this.#make({ seed: parsed.seed, name: options.name, passphrase: options.passphrase });
      this.session.confirmWords();
      this.#announce();
    });
  }

  /** @throws ApiError `profile-exists`, `wrong-backup`, `wrong-passphrase` */
  restoreBackup(options: { backup: Uint8Array; backupPassphrase: string; passphrase?: string }): Promise<void> {
    return this.#inTurn(async () => {
      const opened = await openBackup(options.backupPassphrase, options.backup);
      if (!opened.ok && opened.code === 'wrong-passphrase') {
        throw new ApiError('wrong-passphrase', 'That is not the passphrase of this backup.');
      }
      if (!opened.ok) throw new ApiError('wrong-backup', 'This is not a backup file of Parley, or it is damaged.');
      const backup = readBackupContent(opened.payload);
      const seed = fromHex(backup.profileSeed)!;
      await this.#make({ seed, name: backup.name, passphrase: options.passphrase, backup });
    });
  }

  async exportBackup(backupPassphrase: string): Promise<Uint8Array> {
    const { session } = this;
    const secrets = { store: session.store, seed: session.keys.secretKey.subarray(0, KEY_BYTES) };
    const content = writeBackupContent({ ...secrets, inviteTag: session.inviteTag, name: session.messenger.name });
    return sealBackup({ passphrase: backupPassphrase }, content, this.#options.random);
  }

  unlock(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.kind === 'open') return;
      if (this.#state.kind === 'missing') throw new ApiError('no-profile', 'There is no profile yet.');
      await this.#open('passphrase', passphrase);
    });
  }

  /** @throws ApiError `invalid-argument` for a profile that nothing could unlock again. */
  lock(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.kind !== 'open') return;
      if (this.#state.protection !== 'passphrase') {
        throw new ApiError('invalid-argument', 'Only a profile with a passphrase can be locked. Set one first.');
      }
      await this.#close();
      this.#state = { kind: 'locked' };
      this.#announce();
    });
  }

  /** The recovery words again; the passphrase is asked for where there is one. */
  async words(passphrase?: string): Promise<string[]> {
    if (this.#state.kind === 'missing') throw new ApiError('no-profile', 'There is no profile yet.');
    const secrets = await this.#options.vault.open(passphrase);
    const words = seedToWords(secrets.profileSeed);
    wipeSecrets(secrets);
    return words;
  }

  /** @returns whether all were right; then the words count as kept. */
  async confirmWords(named: readonly { position: number; word: string }[]): Promise<boolean> {
    const { session } = this;
    const words = seedToWords(session.keys.secretKey.subarray(0, KEY_BYTES));
    const correct = named.every(({ position, word }) => words[position] === word.trim().toLowerCase());
    if (correct) {
      session.confirmWords();
      this.#announce();
    }
    return correct;
  }

  /** An empty `next` removes the passphrase. */
  setPassphrase(current: string | undefined, next: string | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const { session } = this;
      const secrets = await this.#options.vault.open(current).catch(askForPassphrase);
      const protection = await this.#options.vault.save(secrets, next);
      wipeSecrets(secrets);
      this.#state = { kind: 'open', session, protection };
      this.#announce();
    });
  }

  async setName(name: string): Promise<void> {
    await this.session.messenger.setName(name);
    this.#announce();
  }

  newInviteTag(): void {
    this.session.newInviteTag();
    this.#announce();
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  async #make({ seed, name, passphrase, backup }: NewProfile): Promise<void> {
    if (this.#state.kind !== 'missing')
      throw new ApiError('profile-exists', 'There is a profile in this folder already.');
    const { vault, random, setOldDatabaseAside } = this.#options;
    await setOldDatabaseAside();
    const secrets = { profileSeed: seed, databaseKey: random.bytes(KEY_BYTES), nodeSeed: random.bytes(KEY_BYTES) };
    const session = this.#options.openSession(secrets);
    try {
      if (backup !== undefined) {
        restoreFriends(session.store, backup);
        session.useInviteTag(fromHex(backup.inviteTag)!);
      }
      // The database is complete before the key file makes it count; a crash in between leaves a first run.
      const protection = await vault.save(secrets, passphrase);
      this.#begin(session, protection);
      if (name !== undefined && name !== '') await session.messenger.setName(name);
    } catch (error) {
      if (this.#state.kind === 'missing') await session.stop();
      throw error;
    } finally {
      wipeSecrets(secrets);
    }
    this.#announce();
  }

  async #open(protection: Protection, passphrase?: string): Promise<void> {
    const secrets = await this.#options.vault.open(passphrase);
    try {
      this.#begin(this.#options.openSession(secrets), protection);
    } finally {
      wipeSecrets(secrets);
    }
    this.#announce();
  }

  #begin(session: ProfileSession, protection: Protection): void {
    this.#state = { kind: 'open', session, protection };
    this.sessionChanged.emit(session);
    session.start();
  }

  async #close(): Promise<void> {
    if (this.#state.kind !== 'open') return;
    const { session } = this.#state;
    this.#state = { kind: 'locked' };
    this.sessionChanged.emit(undefined);
    await session.stop();
  }

  #announce(): void {
    this.changed.emit(this.view());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** Changing the passphrase without naming the old one is a wrong passphrase, not a locked profile. */
function askForPassphrase(error: unknown): never {
  if (error instanceof ApiError && error.code === 'profile-locked') {
    throw new ApiError('wrong-passphrase', 'Enter the present passphrase to change it.');
  }
  throw error;
}

function wrongWords(parsed: Exclude<ReturnType<typeof wordsToSeed>, { ok: true }>): ApiError {
  if (parsed.code !== 'unknown-word') return new ApiError('wrong-words', parsed.message, { reason: parsed.code });
  const { code, positions, message } = parsed;
  return new ApiError('wrong-words', message, { reason: code, position: positions[0]!, positions });
}

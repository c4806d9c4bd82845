import { ApiError } from '../api/errors.ts';
import type { ProfileView } from '../api/views.ts';
import { sealBackup } from '../crypto/backup.ts';
import type { KeyFileSecrets } from '../crypto/key-file.ts';
import { seedToWords } from '../crypto/recovery-words.ts';
import type { Clock } from '../ports/clock.ts';
import { Emitter } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../store/store.ts';
import { writeBackupContent } from './backup-content.ts';
import { fill, fromBackup, fromWords, type NewProfile, type ProfileChoices } from './new-profile.ts';
import { ProfileErasures } from './profile-erasures.ts';
import { databaseFault, faultError, faultOf } from './profile-fault.ts';
import type { AsideProfile, ProfileFolder } from './profile-folder.ts';
import type { ProfileSession } from './profile-session.ts';
import { type ProfileState, sessionOf, viewOf } from './profile-state.ts';
import { type ProfileVault, type Protection, wipeSecrets } from './profile-vault.ts';

const KEY_BYTES = 32;

export interface ProfileServiceOptions {
  readonly vault: ProfileVault;
  readonly clock: Clock;
  readonly random: Random;
  readonly folder: ProfileFolder;
  readonly logger: Logger;
  /**
   * Makes the database of a new profile in `folder`, or at the top, with links and messenger. The secrets may be wiped when
   * it returns.
   */
  readonly beginSession: (secrets: KeyFileSecrets, folder?: string) => ProfileSession;
  /** The same for the profile in use, whose database must be there. @throws {StoreError} */
  readonly openSession: (secrets: KeyFileSecrets) => ProfileSession;
  /** Opens the database in `folder`, which must be there. @throws {StoreError} */
  readonly openStore: (secrets: KeyFileSecrets, folder: string) => Store;
}

/** Life of the profile: made or restored, locked, open. One operation at a time. */
export class ProfileService {
  readonly changed = new Emitter<ProfileView>();
  /** A session begins or ends: whoever listens to the messenger follows. */
  readonly sessionChanged = new Emitter<ProfileSession | undefined>();
  readonly #options: ProfileServiceOptions;
  #state: ProfileState = { kind: 'missing' };
  readonly #erasures: ProfileErasures;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ProfileServiceOptions) {
    this.#options = options;
    this.#erasures = new ProfileErasures({ ...options, inTurn: (work) => this.#inTurn(work) });
  }

  /** Opens the profile when nothing has to be asked for it. One with a fault is `damaged` then. @throws {DiskFullError} */
  start(): Promise<void> {
    return this.#inTurn(() => this.#look().finally(() => this.#erasures.start()));
  }

  /** Looks at a damaged profile again: somebody may have mended it, or unlocked the key store. */
  retry(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state.kind !== 'damaged') return;
      await this.#look();
      this.#announce();
    });
  }

  /**
   * The database turned out to be damaged while it was open. SQLCipher reads nothing more from one in which it found a forged
   * page, so the profile is closed, and can be tried again or replaced; not one that was opened in its place meanwhile.
   * Never rejects.
   */
  foundDamaged(): Promise<void> {
    const found = this.openSession;
    return this.#inTurn(async () => {
      if (this.#state.kind !== 'open' || this.#state.session !== found) return;
      await this.#close().catch(() => undefined);
      this.#noteFault(faultError('database-damaged'));
    });
  }

  /** The open profile. @throws ApiError `no-profile`, `profile-locked`, or the fault of a damaged one */
  get session(): ProfileSession {
    return sessionOf(this.#state);
  }

  get openSession(): ProfileSession | undefined {
    return this.#state.kind === 'open' ? this.#state.session : undefined;
  }

  view(): ProfileView {
    return viewOf(this.#state);
  }

  /** @returns the 24 recovery words of the new profile. @throws ApiError `profile-exists` */
  create(choices: ProfileChoices): Promise<string[]> {
    return this.#inTurn(async () => {
      const seed = this.#options.random.bytes(KEY_BYTES);
      const words = seedToWords(seed);
      await this.#make({ seed, ...choices });
      return words;
    });
  }

  /** With `replace` one that cannot be opened is put aside. @throws ApiError `profile-exists`, `wrong-words` */
  restoreWords({ words, ...choices }: { words: string } & ProfileChoices): Promise<void> {
    return this.#inTurn(() => this.#make({ ...choices, ...fromWords(words) }));
  }

  /** With `replace` one that cannot be opened is put aside. @throws ApiError `profile-exists`, `wrong-backup`, `wrong-passphrase` */
  restoreBackup({
    backup,
    backupPassphrase,
    ...choices
  }: { backup: Uint8Array; backupPassphrase: string } & ProfileChoices): Promise<void> {
    return this.#inTurn(async () => this.#make({ ...choices, ...(await fromBackup(backupPassphrase, backup)) }));
  }

  /** The profiles that others have replaced, newest first. */
  listAside(): AsideProfile[] {
    return this.#options.folder.aside();
  }

  /**
   * Opens a profile that was put aside, and puts aside the one in use, open or locked.
   * @throws ApiError `no-profile`, `wrong-passphrase`, `database-corrupt`...: nothing has moved then
   */
  takeBack({ folder, passphrase }: { folder: string; passphrase?: string }): Promise<void> {
    return this.#inTurn(async () => {
      if (this.listAside().every((one) => one.folder !== folder)) {
        throw new ApiError('no-profile', 'There is no such profile put aside.');
      }
      const { vault, folder: places } = this.#options;
      await places.settle();
      const secrets = await vault.open(passphrase, folder).catch(askForPassphrase);
      try {
        const protection = await vault.protection(folder);
        this.#check(secrets, folder);
        await this.#close();
        this.#announce();
        await places.takeBack(folder);
        await this.#enter(secrets, protection ?? 'none').catch(this.#failed);
      } finally {
        wipeSecrets(secrets);
      }
      this.#announce();
    });
  }

  /**
   * Erases a profile that was put aside from the disk in ten minutes, also when the program ends before that. The open
   * profile's person decides: not whoever sits at a locked one.
   * @returns when, in milliseconds since 1970 UTC. @throws ApiError `no-profile`
   */
  eraseAside(aside: string): Promise<number> {
    return this.#inTurn(async () => {
      void this.session; // throws where none is open
      const at = await this.#erasures.begin(aside);
      if (at === undefined) throw new ApiError('no-profile', 'There is no such profile put aside.');
      // Other windows list it too.
      this.#announce();
      return at;
    });
  }

  /** @throws ApiError `nothing-to-undo` */
  undoErase(aside: string): Promise<void> {
    return this.#inTurn(async () => {
      void this.session; // throws where none is open
      const undone = await this.#erasures.undo(aside);
      if (!undone) throw new ApiError('nothing-to-undo', 'This profile cannot be brought back any more.');
      this.#announce();
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
      // Where profiles could not change places to the end, and nothing was started since.
      await this.#options.folder.settle();
      await this.#open('passphrase', passphrase).catch(this.#failed);
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
      const protection = await this.#options.vault.save(secrets, next).finally(() => wipeSecrets(secrets));
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
    return this.#inTurn(() => {
      this.#erasures.stop();
      return this.#close();
    });
  }

  async #make(profile: NewProfile): Promise<void> {
    const { kind } = this.#state;
    if (kind === 'open' || (kind !== 'missing' && profile.replace !== true)) {
      throw new ApiError('profile-exists', 'There is a profile in this folder already.');
    }
    const { random } = this.#options;
    const [databaseKey, nodeSeed] = [random.bytes(KEY_BYTES), random.bytes(KEY_BYTES)];
    const secrets = { profileSeed: profile.seed, databaseKey, nodeSeed };
    try {
      await (kind === 'missing' ? this.#makeFirst(secrets, profile) : this.#makeAnother(secrets, profile));
    } finally {
      wipeSecrets(secrets);
    }
    this.#announce();
  }

  async #makeFirst(secrets: KeyFileSecrets, profile: NewProfile): Promise<void> {
    const { vault, folder, beginSession } = this.#options;
    await folder.setOldDatabaseAside();
    const session = beginSession(secrets);
    try {
      await fill(session, profile);
      // The database is complete before the key file makes it count; a crash in between leaves a first run.
      this.#begin(session, await vault.save(secrets, profile.passphrase));
    } catch (error) {
      if (this.#state.kind === 'missing') await session.stop();
      throw error;
    }
  }

  /** The one that cannot be opened stays where it is until the new one is complete on the disk. */
  async #makeAnother(secrets: KeyFileSecrets, profile: NewProfile): Promise<void> {
    const { vault, folder, beginSession } = this.#options;
    await folder.settle();
    const coming = await folder.begin();
    let protection: Protection;
    try {
      const session = beginSession(secrets, coming);
      await fill(session, profile).finally(() => session.stop());
      protection = await vault.save(secrets, profile.passphrase, coming);
    } catch (error) {
      // What cannot be removed now goes at the next start: why the profile could not be made is what counts.
      await folder.drop(coming).catch(() => undefined);
      throw error;
    }
    await folder.exchange(coming);
    await this.#enter(secrets, protection);
  }

  async #look(): Promise<void> {
    const { folder, vault } = this.#options;
    await folder.settle();
    try {
      const protection = await vault.protection();
      this.#state = { kind: protection === undefined ? 'missing' : 'locked' };
      if (protection === undefined) return;
      if (protection !== 'passphrase') await this.#open(protection);
    } catch (error) {
      if (!this.#noteFault(error)) throw error;
    }
  }

  readonly #failed = (error: unknown): never => {
    this.#noteFault(error);
    throw error;
  };

  /** @returns whether the profile cannot be opened for what was thrown: it is `damaged` then. */
  #noteFault(error: unknown): boolean {
    const fault = faultOf(error);
    if (fault === undefined) return false;
    this.#state = { kind: 'damaged', fault };
    this.#announce();
    return true;
  }

  /** @throws ApiError with a fault, `wrong-passphrase`; {DiskFullError}: nothing is open then */
  async #open(protection: Protection, passphrase?: string): Promise<void> {
    const { vault, folder } = this.#options;
    const secrets = await vault.open(passphrase);
    try {
      folder.expectDatabase();
      await this.#enter(secrets, protection);
    } finally {
      wipeSecrets(secrets);
    }
    this.#announce();
  }

  /** Opens the profile in use. @throws the fault of its database, and others: nothing is open then */
  async #enter(secrets: KeyFileSecrets, protection: Protection): Promise<void> {
    try {
      this.#begin(this.#options.openSession(secrets), protection);
    } catch (error) {
      // Over a damaged page its end may fail as well: why it could not begin is what counts.
      await this.#close().catch(() => undefined);
      throw databaseFault(error);
    }
  }

  /** @throws the fault of the database in this folder */
  #check(secrets: KeyFileSecrets, inside: string): void {
    const { folder, openStore } = this.#options;
    folder.expectDatabase(inside);
    try {
      openStore(secrets, inside).close();
    } catch (error) {
      throw databaseFault(error);
    }
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

/** To leave the passphrase out where there is one is a wrong passphrase, not a locked profile. */
function askForPassphrase(error: unknown): never {
  if (error instanceof ApiError && error.code === 'profile-locked') {
    throw new ApiError('wrong-passphrase', 'The passphrase of this profile is needed.');
  }
  throw error;
}

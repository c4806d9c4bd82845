import type { Handlers } from '../../core/api/contract.ts';
import { ApiError } from '../../core/api/errors.ts';
import {
  type AsideProfile,
  DEFAULT_SETTINGS,
  type ProfileFault,
  type ProfileView,
  type Settings,
} from '../../core/api/views.ts';
import { publicIdLink } from '../../core/ids/public-id.ts';
import type { Emit } from './fake-core.ts';
import { FAKE_WORDS, publicIdOf, randomHex } from './fake-data.ts';

type ProfileMethod = Extract<keyof Handlers, `profile.${string}` | `settings.${string}`>;
type Restored = { name?: string; passphrase?: string; replace?: boolean };
type Slowly = <T>(work: () => T) => Promise<T>;

/** The profile and the settings of the fake core. Nothing here is a secret and nothing is encrypted. */
export class FakeProfile {
  state: ProfileView['state'] = 'missing';
  fault: ProfileFault = 'key-file-damaged';
  /** Where `profile.retry` leads. */
  mended = false;
  name = '';
  passphrase = '';
  wordsConfirmed = false;
  openElsewhere = false;
  settings: Settings = DEFAULT_SETTINGS;
  aside: AsideProfile[] = [];
  #erased: AsideProfile[] = [];
  key: string;
  #tag: string;
  readonly #emit: Emit;
  readonly #random: () => number;

  constructor(options: { emit: Emit; random: () => number }) {
    this.#emit = options.emit;
    this.#random = options.random;
    this.key = randomHex(this.#random, 64);
    this.#tag = randomHex(this.#random, 8);
  }

  view(): ProfileView {
    if (this.state === 'missing') return { state: 'missing' };
    if (this.state === 'damaged') return { state: 'damaged', fault: this.fault };
    if (this.state === 'locked') return { state: 'locked', name: this.name };
    const publicId = publicIdOf(this.key, this.#tag);
    return {
      state: 'open',
      name: this.name,
      key: this.key,
      publicId,
      link: publicIdLink(publicId),
      inviteTag: this.#tag,
      protection: this.passphrase === '' ? 'none' : 'passphrase',
      wordsConfirmed: this.wordsConfirmed,
      openElsewhere: this.openElsewhere,
    };
  }

  /** It cannot be opened any more. */
  damage(fault: ProfileFault): void {
    this.fault = fault;
    this.#change(() => (this.state = 'damaged'));
  }

  /** Another computer runs it too, or does so no more. */
  setElsewhere(openElsewhere: boolean): void {
    this.#change(() => (this.openElsewhere = openElsewhere));
  }

  handlers(slowly: Slowly): Pick<Handlers, ProfileMethod> {
    return {
      'profile.get': () => this.view(),
      'profile.create': (args) =>
        slowly(() => {
          this.#open(args);
          return { words: FAKE_WORDS };
        }),
      'profile.words': ({ passphrase }) =>
        slowly(() => {
          this.#check(passphrase);
          return { words: FAKE_WORDS };
        }),
      'profile.confirmWords': ({ words }) => {
        const correct = words.every(({ position, word }) => FAKE_WORDS[position] === word);
        if (correct) this.#change(() => (this.wordsConfirmed = true));
        return { correct };
      },
      'profile.checkWords': ({ words }) => ({
        unknown: words.split(' ').flatMap((word, index) => (FAKE_WORDS.includes(word) ? [] : [index])),
      }),
      'profile.restoreWords': (args) => slowly(() => this.#restoreWords(args.words.split(' '), args)),
      'profile.restoreBackup': (args) =>
        slowly(() => {
          if (args.backupPassphrase !== 'backup') {
            throw new ApiError('wrong-passphrase', 'This is not the passphrase of the backup.');
          }
          return this.#open({ ...args, name: 'Restored' });
        }),
      'profile.listAside': () => this.aside,
      'profile.takeBack': ({ folder, passphrase }) =>
        slowly(() => {
          if (passphrase !== 'old') throw new ApiError('wrong-passphrase', 'This is not the right passphrase.');
          this.aside = this.aside.filter((one) => one.folder !== folder);
          this.#change(() => (this.state = 'locked'));
          return this.#change(() => (this.state = 'open'));
        }),
      'profile.eraseAside': ({ folder }) => {
        this.#erased = [...this.#erased, ...this.aside.filter((one) => one.folder === folder)];
        this.#change(() => (this.aside = this.aside.filter((one) => one.folder !== folder)));
        return { at: Date.now() + 600_000 };
      },
      'profile.undoErase': ({ folder }) =>
        this.#change(() => (this.aside = [...this.aside, ...this.#erased.filter((one) => one.folder === folder)])),
      'profile.exportBackup': () => slowly(() => ({ fileName: 'parley.backup', backup: btoa('a fake backup') })),
      'profile.unlock': ({ passphrase }) =>
        slowly(() => {
          this.#check(passphrase);
          return this.#change(() => (this.state = 'open'));
        }),
      'profile.retry': () => slowly(() => this.#change(() => (this.state = this.mended ? 'open' : this.state))),
      'profile.lock': () => this.#change(() => (this.state = 'locked')),
      'profile.setName': ({ name }) => this.#change(() => (this.name = name)),
      'profile.setPassphrase': ({ current, next }) =>
        slowly(() => {
          this.#check(current);
          return this.#change(() => (this.passphrase = next ?? ''));
        }),
      'profile.newInviteTag': () => {
        this.#change(() => (this.#tag = randomHex(this.#random, 8)));
        const publicId = publicIdOf(this.key, this.#tag);
        return { publicId, link: publicIdLink(publicId) };
      },
      'settings.get': () => this.settings,
      'settings.set': (change) => {
        this.settings = { ...this.settings, ...change };
        this.#emit('settings.changed', this.settings);
        return this.settings;
      },
    };
  }

  #restoreWords(words: readonly string[], args: Restored): object {
    const position = words.findIndex((word) => !FAKE_WORDS.includes(word));
    if (position >= 0) {
      throw new ApiError('wrong-words', `Word ${position + 1} is not in the list of recovery words.`, { position });
    }
    this.wordsConfirmed = true;
    return this.#open(args);
  }

  #open({ name, passphrase, replace }: Restored): object {
    const replaced = (this.state === 'locked' || this.state === 'damaged') && replace === true;
    if (this.state !== 'missing' && !replaced) throw new ApiError('profile-exists', 'There is a profile already.');
    if (replaced)
      this.aside = [{ folder: 'old-profile-2026-05-04-101500', setAsideAt: 1_777_889_700_000 }, ...this.aside];
    return this.#change(() => {
      this.name = name ?? '';
      this.passphrase = passphrase ?? '';
      this.state = 'open';
    });
  }

  #check(passphrase: string | undefined): void {
    if ((passphrase ?? '') !== this.passphrase) {
      throw new ApiError('wrong-passphrase', 'This is not the right passphrase.');
    }
  }

  #change(change: () => void): object {
    change();
    this.#emit('profile.changed', this.view());
    return {};
  }
}

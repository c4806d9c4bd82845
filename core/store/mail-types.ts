import type { DeviceNumber, FriendNumber } from './numbers.ts';

/** Numbers on disk and on the wire (`core/codec/mail.ts`). */
export const MAIL_KINDS = { messages: 1, receipt: 2, request: 3, accept: 4, handover: 5, missedCall: 6 } as const;
export type StoredMailKind = keyof typeof MAIL_KINDS;

/** An envelope we sealed, which has to arrive. */
export interface EnvelopeRow {
  /** Row number; increasing. */
  readonly number: number;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly friend: FriendNumber;
  readonly kind: StoredMailKind;
  /** Messages inside, for `messages`; else 0. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Nodes known to keep it. */
  readonly holders: number;
  /** Enough nodes keep it, until then. */
  readonly storedUntil: number | undefined;
}

export type NewEnvelope = Omit<EnvelopeRow, 'number' | 'holders' | 'storedUntil'> & { readonly bytes: Uint8Array };

export interface CustodyRow {
  readonly holders: number;
  readonly until: number;
}

/** Sequence numbers of one device of a friend. */
export interface DueRow {
  readonly device: DeviceNumber;
  readonly seq: number;
  readonly read: boolean;
}

export interface MailReads {
  /** All that have to arrive, or those for one friend, oldest first. */
  open(friend?: FriendNumber): EnvelopeRow[];
  bytes(id: Uint8Array): Uint8Array | undefined;
  isSeen(id: Uint8Array): boolean;
  /** Greatest number of a message to this friend that lies in an envelope; 0: none does. */
  sealedUpTo(friend: FriendNumber): number;
  /** Who keeps this message of ours; undefined when nobody is known to. */
  custodyOf(friend: FriendNumber, seq: number): CustodyRow | undefined;
  /** The same of an envelope that is no message. */
  custodyOfKind(friend: FriendNumber, kind: StoredMailKind): CustodyRow | undefined;
  /** Friends who are owed receipts. */
  friendsDue(): FriendNumber[];
  /** What this device of a friend is owed, in order. */
  due(friend: FriendNumber, device: DeviceNumber, limit: number): DueRow[];
}

export interface MailWrites extends MailReads {
  add(envelope: NewEnvelope): EnvelopeRow;
  /** The same envelope under another permit. */
  replaceBytes(id: Uint8Array, bytes: Uint8Array): void;
  /** @returns false when the row is gone. */
  noteCustody(id: Uint8Array, custody: { readonly holders: number; readonly storedUntil: number | undefined }): boolean;
  delete(id: Uint8Array): void;
  see(id: Uint8Array, until: number): void;
  unsee(id: Uint8Array): void;
  /** Forgets what was seen and is over by now. */
  forgetSeen(before: number): void;
  addDue(friend: FriendNumber, due: DueRow): void;
  deleteDue(friend: FriendNumber, due: readonly DueRow[]): void;
}

export interface OwnKeyRow {
  readonly hint: Uint8Array;
  readonly friend: FriendNumber;
  readonly secret: Uint8Array;
}

export interface OwnPolicyRow {
  readonly number: number;
  /** Of the friend key pair, 32 bytes. */
  readonly friendSeed: Uint8Array;
}

/** What follows from our public ID. */
export interface OwnDoorRow {
  readonly tag: Uint8Array;
  /** 32 bytes: what our key is blinded with to the position of the door. */
  readonly secret: Uint8Array;
  /** Public half of what holders of the public ID sign with, 32 bytes. */
  readonly inviteKey: Uint8Array;
}

export interface CapabilityRow {
  /** As it stands on the wire; undefined: none was handed over yet. */
  readonly policy: Uint8Array | undefined;
  readonly seed: Uint8Array | undefined;
  readonly toldNumber: number;
  readonly acceptDue: boolean;
}

export interface MailKeyReads {
  ownKey(hint: Uint8Array): OwnKeyRow | undefined;
  ownKeyCount(friend: FriendNumber): number;
  peerKeyCount(friend: FriendNumber): number;
  ownPolicy(): OwnPolicyRow | undefined;
  ownDoor(): OwnDoorRow | undefined;
  capability(friend: FriendNumber): CapabilityRow;
  /** Friends to whom our yes may not have come through. */
  acceptsDue(): FriendNumber[];
}

export interface MailKeyWrites extends MailKeyReads {
  addOwnKey(key: OwnKeyRow, at: number): void;
  deleteOwnKey(hint: Uint8Array): void;
  /** Erases this friend's secrets beyond the newest `most`, and beyond the newest `least` those made before `before`. */
  trimOwnKeys(friend: FriendNumber, limits: { most: number; least: number; before: number }): void;
  /** Keeps the newest `limit`; known ones count once. */
  addPeerKeys(friend: FriendNumber, keys: readonly Uint8Array[], options: { at: number; limit: number }): void;
  /** The oldest one got after `since`; it is erased here, and so are older ones. Undefined: none is left. */
  takePeerKey(friend: FriendNumber, since: number): Uint8Array | undefined;
  forgetPeerKeys(friend: FriendNumber): void;
  setOwnPolicy(policy: OwnPolicyRow): void;
  setOwnDoor(door: OwnDoorRow): void;
  setCapability(friend: FriendNumber, patch: Partial<CapabilityRow>): void;
}

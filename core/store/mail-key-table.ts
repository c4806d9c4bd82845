import type { CapabilityRow, MailKeyWrites, OwnDoorRow, OwnKeyRow, OwnPolicyRow } from './mail-types.ts';
import type { Sql } from './sql.ts';
import type { FriendNumber } from './types.ts';

interface RawCapability {
  policy: Uint8Array | null;
  seed: Uint8Array | null;
  told_number: number;
  accept_due: number;
}

const NOTHING: CapabilityRow = { policy: undefined, seed: undefined, toldNumber: 0, acceptDue: false };

const newestOwn = 'SELECT hint FROM own_keys WHERE friend = ?1 ORDER BY made_at DESC, hint';

function statements(sql: Sql) {
  return {
    ownKey: sql.statement<OwnKeyRow>('SELECT hint, friend, secret FROM own_keys WHERE hint = ?'),
    ownCount: sql.statement<{ count: number }>('SELECT count(*) AS count FROM own_keys WHERE friend = ?'),
    addOwn: sql.statement<never>('INSERT INTO own_keys (hint, friend, secret, made_at) VALUES (?, ?, ?, ?)'),
    deleteOwn: sql.statement<never>('DELETE FROM own_keys WHERE hint = ?'),
    trimOwn: sql.statement<never>(
      `DELETE FROM own_keys WHERE friend = ?1 AND (hint NOT IN (${newestOwn} LIMIT ?2)
       OR (made_at < ?4 AND hint NOT IN (${newestOwn} LIMIT ?3)))`,
    ),
    peerCount: sql.statement<{ count: number }>('SELECT count(*) AS count FROM peer_keys WHERE friend = ?'),
    addPeer: sql.statement<never>(
      'INSERT INTO peer_keys (friend, key, got_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    trimPeer: sql.statement<never>(
      `DELETE FROM peer_keys WHERE friend = ?1 AND number NOT IN
       (SELECT number FROM peer_keys WHERE friend = ?1 ORDER BY number DESC LIMIT ?2)`,
    ),
    agePeer: sql.statement<never>('DELETE FROM peer_keys WHERE friend = ? AND got_at < ?'),
    forgetPeer: sql.statement<never>('DELETE FROM peer_keys WHERE friend = ?'),
    // The newest: of all their owner's database knows these the likeliest, should it be an older copy.
    takePeer: sql.statement<{ key: Uint8Array }>(
      `DELETE FROM peer_keys WHERE number = (SELECT max(number) FROM peer_keys WHERE friend = ?) RETURNING key`,
    ),
    ownPolicy: sql.statement<OwnPolicyRow>('SELECT number, friend_seed AS friendSeed FROM own_policy'),
    setOwnPolicy: sql.statement<never>('INSERT OR REPLACE INTO own_policy VALUES (1, ?, ?)'),
    ownDoor: sql.statement<OwnDoorRow>('SELECT tag, secret, invite_key AS inviteKey FROM own_door'),
    setOwnDoor: sql.statement<never>('INSERT OR REPLACE INTO own_door VALUES (1, ?, ?, ?)'),
    capability: sql.statement<RawCapability>(
      'SELECT policy, seed, told_number, accept_due FROM capabilities WHERE friend = ?',
    ),
    setCapability: sql.statement<never>('INSERT OR REPLACE INTO capabilities VALUES (?, ?, ?, ?, ?)'),
    acceptsDue: sql.statement<{ friend: number }>('SELECT friend FROM capabilities WHERE accept_due = 1'),
  };
}

/** One-time keys, our own policy and door, and what friends allow. */
export class MailKeyTable implements MailKeyWrites {
  readonly #do: ReturnType<typeof statements>;

  constructor(sql: Sql) {
    this.#do = statements(sql);
  }

  ownKey(hint: Uint8Array): OwnKeyRow | undefined {
    return this.#do.ownKey.get(hint);
  }

  ownKeyCount(friend: FriendNumber): number {
    return this.#do.ownCount.get(friend)!.count;
  }

  peerKeyCount(friend: FriendNumber): number {
    return this.#do.peerCount.get(friend)!.count;
  }

  ownPolicy(): OwnPolicyRow | undefined {
    return this.#do.ownPolicy.get();
  }

  ownDoor(): OwnDoorRow | undefined {
    return this.#do.ownDoor.get();
  }

  capability(friend: FriendNumber): CapabilityRow {
    const raw = this.#do.capability.get(friend);
    if (raw === undefined) return NOTHING;
    const { policy, seed, told_number: toldNumber, accept_due: acceptDue } = raw;
    return { policy: policy ?? undefined, seed: seed ?? undefined, toldNumber, acceptDue: acceptDue === 1 };
  }

  acceptsDue(): FriendNumber[] {
    return this.#do.acceptsDue.all().map((row) => row.friend);
  }

  addOwnKey({ hint, friend, secret }: OwnKeyRow, at: number): void {
    this.#do.addOwn.run(hint, friend, secret, at);
  }

  deleteOwnKey(hint: Uint8Array): void {
    this.#do.deleteOwn.run(hint);
  }

  trimOwnKeys(friend: FriendNumber, { most, least, before }: { most: number; least: number; before: number }): void {
    this.#do.trimOwn.run(friend, most, least, before);
  }

  addPeerKeys(friend: FriendNumber, keys: readonly Uint8Array[], { at, limit }: { at: number; limit: number }): void {
    for (const key of keys) this.#do.addPeer.run(friend, key, at);
    this.#do.trimPeer.run(friend, limit);
  }

  takePeerKey(friend: FriendNumber, since: number): Uint8Array | undefined {
    this.#do.agePeer.run(friend, since);
    return this.#do.takePeer.all(friend)[0]?.key;
  }

  forgetPeerKeys(friend: FriendNumber): void {
    this.#do.forgetPeer.run(friend);
  }

  setOwnPolicy({ number, friendSeed }: OwnPolicyRow): void {
    this.#do.setOwnPolicy.run(number, friendSeed);
  }

  setOwnDoor({ tag, secret, inviteKey }: OwnDoorRow): void {
    this.#do.setOwnDoor.run(tag, secret, inviteKey);
  }

  setCapability(friend: FriendNumber, patch: Partial<CapabilityRow>): void {
    const { policy, seed, toldNumber, acceptDue } = { ...this.capability(friend), ...patch };
    this.#do.setCapability.run(friend, policy ?? null, seed ?? null, toldNumber, acceptDue ? 1 : 0);
  }
}

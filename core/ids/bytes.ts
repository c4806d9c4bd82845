/**
 * Byte arrays with a meaning: the brand keeps a node ID from being passed where a public key belongs. A brand says
 * nothing at run time; lengths are checked where bytes come in (codec, `brand` functions below).
 */
declare const brandName: unique symbol;
export type Branded<Name extends string> = Uint8Array & { readonly [brandName]: Name };

/** Position in the key space, 32 bytes (L:08). */
export type NodeId = Branded<'NodeId'>;
/** Ed25519 public key of a profile, 32 bytes. */
export type ProfileKey = Branded<'ProfileKey'>;
/** X25519 public key of a node, 32 bytes. */
export type NodeKey = Branded<'NodeKey'>;
/** Invite tag, 4 bytes. */
export type InviteTag = Branded<'InviteTag'>;
/** Ed25519 signature, 64 bytes. */
export type Signature = Branded<'Signature'>;
/** Stable, global number of a message, 16 bytes. */
export type MessageId = Branded<'MessageId'>;

export const NODE_ID_BYTES = 32;
export const PROFILE_KEY_BYTES = 32;
export const NODE_KEY_BYTES = 32;
export const INVITE_TAG_BYTES = 4;
export const SIGNATURE_BYTES = 64;
export const MESSAGE_ID_BYTES = 16;

function branded<T extends Uint8Array>(length: number, name: string): (bytes: Uint8Array) => T {
  return (bytes) => {
    if (bytes.length !== length) throw new RangeError(`${name} must have ${length} bytes, not ${bytes.length}`);
    return bytes as T;
  };
}

/** Brand without copying. @throws {RangeError} on a wrong length: a bug of ours, since the codec checks what comes in. */
export const nodeId = branded<NodeId>(NODE_ID_BYTES, 'node ID');
export const profileKey = branded<ProfileKey>(PROFILE_KEY_BYTES, 'profile key');
export const nodeKey = branded<NodeKey>(NODE_KEY_BYTES, 'node key');
export const inviteTag = branded<InviteTag>(INVITE_TAG_BYTES, 'invite tag');
export const signature = branded<Signature>(SIGNATURE_BYTES, 'signature');
export const messageId = branded<MessageId>(MESSAGE_ID_BYTES, 'message ID');

const DIGITS = [...'0123456789abcdef'].map((digit) => digit.charCodeAt(0));
/** Bytes turned into text at once. */
const PIECE_BYTES = 64;
/** Room for the digits of so many bytes, by their number; used again. */
const DIGIT_ROOM = Array.from({ length: PIECE_BYTES + 1 }, (_, bytes) => new Array<number>(2 * bytes).fill(0));

/** Lower-case hexadecimal, two digits a byte: also the Map key of a byte array. */
export function toHex(bytes: Uint8Array): string {
  if (bytes.length <= PIECE_BYTES) return shortHex(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) text += shortHex(bytes.subarray(at, at + PIECE_BYTES));
  return text;
}

/** In one piece: a text put together digit by digit keeps ten times the memory, and every message has one. */
function shortHex(bytes: Uint8Array): string {
  const digits = DIGIT_ROOM[bytes.length]!;
  for (let i = 0; i < bytes.length; i++) {
    digits[2 * i] = DIGITS[bytes[i]! >> 4]!;
    digits[2 * i + 1] = DIGITS[bytes[i]! & 15]!;
  }
  return String.fromCharCode.apply(null, digits);
}

/** The bytes of a hexadecimal text of either case, or undefined when it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Not constant time: for public values only. Secrets and MACs go through `core/crypto`. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The parts one after another in a fresh array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

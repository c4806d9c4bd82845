import type { Handover } from '../codec/handover.ts';
import type { ValueOf } from '../codec/layout.ts';
import type { MailBody, MailLetter, mailLayout, signedLetter } from '../codec/mail.ts';
import { nodeKey, profileKey, signature } from '../ids/bytes.ts';
import { POLICY } from './fuzz-relay-samples.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const ranges = [
  { first: 1, last: 3 },
  { first: 9, last: 2 ** 40 },
];
const device = fill(8, 3);
const none = new Uint8Array(0);
const at = 1_767_225_600_000;

export const HANDOVER: Handover = {
  policy: POLICY,
  friendSeed: fill(32, 6),
  home: fill(32, 5),
  keys: [nodeKey(fill(32, 7)), nodeKey(fill(32, 8))],
  signature: signature(fill(64, 9)),
};

/** Samples of what envelopes say, one of each kind. */
export const MAIL_BODIES: readonly MailBody[] = [
  {
    kind: 'messages',
    body: { device, openFrom: 1, messages: [{ id: fill(16, 1), seq: 2, sentAt: at, text: 'hello, wörld' }] },
  },
  { kind: 'receipt', body: { device, delivered: ranges, read: ranges.slice(1) } },
  {
    kind: 'request',
    body: {
      tag: fill(4, 1),
      request: {
        ...{ version: 1, name: 'Anna', greeting: 'It is me', tag: fill(4, 2), sentAt: at },
        ...{ home: fill(32, 3), extension: fill(2, 0) },
      },
    },
  },
  { kind: 'accept', body: { name: 'Bert' } },
  { kind: 'handover', body: {} },
  { kind: 'missedCall', body: { call: fill(16, 4), startedAt: at, extension: none } },
];

export const MAIL_LETTERS: readonly MailLetter[] = MAIL_BODIES.map((body, i) => ({
  ...{ version: undefined, from: profileKey(fill(32, 0x21)), writtenAt: at },
  handover: i % 2 === 0 ? HANDOVER : undefined,
  extension: fill(i, 0),
  body,
}));

export const MAIL: readonly ValueOf<typeof mailLayout>[] = [
  { ephemeralKey: nodeKey(fill(32, 1)), keyHint: fill(8, 2), box: fill(808, 3) },
];
export const SIGNED_LETTERS: readonly ValueOf<typeof signedLetter>[] = [
  { letter: fill(40, 1), signature: signature(fill(64, 2)), padding: 20 },
];

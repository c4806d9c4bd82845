import { callDatagram, callFrame, missedCall } from '../codec/calls.ts';
import { contactLayout, dhtBody, dhtMessage, packedContact } from '../codec/dht.ts';
import { endpointLayout } from '../codec/endpoint.ts';
import { envelopeLayout, permitLayout, policyLayout } from '../codec/envelope.ts';
import { handoverLayout } from '../codec/handover.ts';
import { lanAnnouncement } from '../codec/lan.ts';
import { type AnyLayout, decode, encode, type Layout, type ValueOf } from '../codec/layout.ts';
import { ROUTED_PAYLOAD_BYTES } from '../codec/limits.ts';
import {
  controlDatagram,
  controlFrame,
  handshakePacket,
  helloPayload,
  NOISE_1_OVERHEAD_BYTES,
  NOISE_2_OVERHEAD_BYTES,
  punchPacket,
  welcomePayload,
} from '../codec/link.ts';
import { mailBody, mailLayout, mailLetter, signedLetter } from '../codec/mail.ts';
import { friendRequest, messageDatagram, messageFrame, seqRange, wireMessage } from '../codec/messages.ts';
import { CONTACT_TOKEN_BYTES, LETTER_NONCE_BYTES, type LetterBody, letterBody, letterLayout } from '../codec/query.ts';
import { receiptLayout } from '../codec/relay.ts';
import { inviteTag, nodeId, nodeKey, profileKey, signature } from '../ids/bytes.ts';
import { HANDOVER, MAIL, MAIL_BODIES, MAIL_LETTERS, SIGNED_LETTERS } from './fuzz-mail-samples.ts';
import { ENVELOPE_RECORDS, PERMIT, POLICY, RECEIPT, RELAY_BODIES } from './fuzz-relay-samples.ts';
import { type FuzzTarget, mustBeSame } from './fuzz-target.ts';

const fill = (length: number, value: number) => new Uint8Array(length).fill(value);
const v4 = { host: '127.0.0.1', port: 4_660 };
const v6 = { host: '2001:db8::1', port: 1 };
const key = nodeKey(fill(32, 0xaa));
const token = fill(8, 0x77);
const contact = { key, endpoint: v4 };
const contactToken = fill(CONTACT_TOKEN_BYTES, 5);

/** Samples of DHT requests and replies. */
export const DHT_BODIES: readonly ValueOf<typeof dhtBody>[] = [
  { kind: 'ping', body: { token: undefined, padding: fill(32, 0) } },
  { kind: 'pong', body: { token, observed: v4 } },
  { kind: 'findNode', body: { token, target: nodeId(fill(32, 1)), padding: fill(0, 0) } },
  {
    kind: 'nodes',
    body: {
      token: undefined,
      observed: v4,
      contacts: [v6, v4].map((endpoint) => encode(contactLayout, { key, endpoint })),
    },
  },
  {
    kind: 'register',
    body: { token, pass: fill(8, 13), claimKey: fill(32, 2), signature: signature(fill(64, 3)), lifetimeS: 600 },
  },
  { kind: 'registered', body: { token: undefined, accepted: 1, pass: fill(8, 14) } },
  {
    kind: 'route',
    body: { position: nodeId(fill(32, 3)), routeId: fill(8, 4), hopsLeft: 20, payload: fill(ROUTED_PAYLOAD_BYTES, 5) },
  },
  { kind: 'routeAck', body: { token: undefined } },
  { kind: 'answer', body: { routeId: fill(8, 6), payload: fill(ROUTED_PAYLOAD_BYTES, 7) } },
  { kind: 'answerAck', body: { token } },
  { kind: 'askKnock', body: { token: undefined, number: 9, padding: fill(16, 0) } },
  { kind: 'knockAsked', body: { token: undefined, passedOn: true } },
  { kind: 'relayKnock', body: { token, contact, number: 9 } },
  { kind: 'knockRelayed', body: { token: undefined, knocking: true } },
  { kind: 'knock', body: { number: 9 } },
  { kind: 'knockHeard', body: { token: undefined } },
  ...RELAY_BODIES,
];

const nonce = fill(LETTER_NONCE_BYTES, 9);
/** Samples of letters. */
export const LETTERS: readonly LetterBody[] = [
  {
    kind: 'query',
    body: { nonce, wallMs: 1_767_225_600_000, inReplyTo: undefined, token: contactToken, endpoints: [v4, v6] },
  },
  { kind: 'answer', body: { nonce, wallMs: 7, inReplyTo: nonce, token: contactToken, endpoints: [] } },
  { kind: 'introduction', body: { nonce, wallMs: 7, tag: inviteTag(fill(4, 1)), payload: fill(60, 2) } },
];

const MESSAGES: readonly ValueOf<typeof wireMessage>[] = [
  { id: fill(16, 1), seq: 1, sentAt: 1_767_225_600_000, text: 'hello, wörld 👋' },
  { id: fill(16, 2), seq: 2 ** 40, sentAt: 0, text: '' },
];
const RANGES = [
  { first: 1, last: 3 },
  { first: 9, last: 2 ** 40 },
];
const KNOWN = [{ device: fill(8, 4), receivedUpTo: 5, readUpTo: 0 }];

/** Samples of the frames of channel 1, for all who feed frames. */
export const MESSAGE_FRAMES: readonly ValueOf<typeof messageFrame>[] = [
  {
    kind: 'hello',
    body: { version: 1, capabilities: 0, device: fill(8, 3), name: 'Bert', known: KNOWN, extension: fill(4, 0) },
  },
  { kind: 'messages', body: { messages: MESSAGES } },
  { kind: 'receipt', body: { delivered: RANGES, read: RANGES.slice(1) } },
  { kind: 'typing', body: { on: true } },
  { kind: 'name', body: { name: 'Bertha' } },
  { kind: 'stock', body: { policyNumber: 0, keys: 3 } },
  { kind: 'handover', body: HANDOVER },
];
/** Samples of the datagrams of messages. */
export const MESSAGE_DATAGRAMS: readonly ValueOf<typeof messageDatagram>[] = [
  { kind: 'written', body: { messages: { first: 1, last: 3 } } },
];

const CALL = fill(16, 0x61);
const RING = { version: 1, capabilities: 0, call: CALL, startedAt: 1_767_225_600_000, extension: fill(2, 0) };
const MISSED = { call: fill(16, 0x62), startedAt: 1_767_225_600_000, extension: fill(0, 0) };

/** Samples of the frames of channel 2, for all who feed frames. */
export const CALL_FRAMES: readonly ValueOf<typeof callFrame>[] = [
  { kind: 'ring', body: RING },
  { kind: 'ringing', body: { call: CALL } },
  { kind: 'accept', body: { call: CALL } },
  { kind: 'decline', body: { call: CALL, reason: 'busy' } },
  { kind: 'end', body: { call: CALL, reason: 'hungUp' } },
  { kind: 'here', body: { call: CALL, muted: true, deafened: false } },
  { kind: 'missed', body: MISSED },
  { kind: 'noted', body: { call: CALL } },
];

const REPORT = { highest: 6, loss: 3_000, run: 24, jitter: 40, queueing: 3, echo: 99, held: 4 };
/** Samples of the datagrams of calls. */
export const CALL_DATAGRAMS: readonly ValueOf<typeof callDatagram>[] = [
  {
    kind: 'audio',
    body: {
      ...{ number: 0x61616161, stamp: 7, sequence: 8, clock: 7_680, report: REPORT, padding: 5 },
      flags: { silence: false, begins: true },
      opus: fill(40, 1),
      earlier: [
        { back: 1, ticks: 960, opus: fill(40, 2) },
        { back: 2, ticks: 1_920, opus: fill(3, 3) },
      ],
    },
  },
  { kind: 'report', body: { number: 0x61616161, stamp: 7, report: REPORT, padding: 0 } },
];

/** Samples of the frames of channel 0. */
export const CONTROL_FRAMES: readonly ValueOf<typeof controlFrame>[] = [
  { kind: 'contact', body: { token: contactToken, endpoints: [v4, v6] } },
  { kind: 'rekeyHello', body: { epoch: 1, noise: fill(NOISE_1_OVERHEAD_BYTES, 1) } },
  { kind: 'rekeyWelcome', body: { epoch: 1, noise: fill(NOISE_2_OVERHEAD_BYTES, 1) } },
  { kind: 'switch', body: { epoch: 1 } },
  { kind: 'confirm', body: { epoch: 1 } },
  { kind: 'close', body: {} },
];

/** A layout decodes any bytes to a value or a reason, and a value has one encoding. */
function layoutTarget<T>(name: string, layout: Layout<T>, samples: readonly NoInfer<T>[]): FuzzTarget {
  return {
    name: `codec.${name}`,
    corpus: samples.map((sample) => encode(layout, sample)),
    run(input) {
      const decoded = decode(layout, input);
      if (!decoded.ok) return false;
      mustBeSame(input, encode(layout, decoded.value));
      return true;
    },
  };
}

const from = profileKey(fill(32, 8));
const handshake = (message: ValueOf<typeof handshakePacket>['message']) => ({ packet: undefined, message });

/** Every layout that `core/codec` exports, by its name there. */
export const LAYOUT_TARGETS: readonly FuzzTarget[] = [
  layoutTarget('packedContact', packedContact, [
    encode(contactLayout, contact),
    encode(contactLayout, { key, endpoint: v6 }),
  ]),
  layoutTarget('contactLayout', contactLayout, [contact, { key, endpoint: v6 }]),
  layoutTarget('dhtBody', dhtBody, DHT_BODIES),
  layoutTarget(
    'dhtMessage',
    dhtMessage,
    DHT_BODIES.map((body) => ({ transaction: 0xdeadbeef, leaf: body.kind === 'ping', body })),
  ),
  layoutTarget('policyLayout', policyLayout, [POLICY]),
  layoutTarget('permitLayout', permitLayout, [PERMIT]),
  layoutTarget('envelopeLayout', envelopeLayout, ENVELOPE_RECORDS),
  layoutTarget('receiptLayout', receiptLayout, [RECEIPT]),
  layoutTarget('handoverLayout', handoverLayout, [HANDOVER]),
  layoutTarget('mailLayout', mailLayout, MAIL),
  layoutTarget('signedLetter', signedLetter, SIGNED_LETTERS),
  layoutTarget('mailBody', mailBody, MAIL_BODIES),
  layoutTarget('mailLetter', mailLetter, MAIL_LETTERS),
  layoutTarget('endpointLayout', endpointLayout, [v4, v6]),
  layoutTarget('lanAnnouncement', lanAnnouncement, [
    { packet: undefined, version: undefined, port: 4_000, key, instance: fill(8, 1) },
  ]),
  layoutTarget('helloPayload', helloPayload, [{ index: 1, streamId: 2, token: contactToken }]),
  layoutTarget('welcomePayload', welcomePayload, [{ index: 2 ** 32 - 1, streamId: 0 }]),
  layoutTarget('handshakePacket', handshakePacket, [
    handshake({ kind: 'hello', body: { token: contactToken, noise: fill(NOISE_1_OVERHEAD_BYTES + 24, 1) } }),
    handshake({ kind: 'welcome', body: { index: 7, noise: fill(NOISE_2_OVERHEAD_BYTES + 8, 1) } }),
  ]),
  layoutTarget('punchPacket', punchPacket, [{ packet: undefined, noise: fill(12, 1) }]),
  layoutTarget('controlDatagram', controlDatagram, [
    { kind: 'ping', body: { number: 1 } },
    { kind: 'pong', body: { number: 1, opened: 70_000 } },
    { kind: 'challenge', body: { nonce: fill(8, 1) } },
    { kind: 'response', body: { nonce: fill(8, 1) } },
    { kind: 'close', body: { records: 2 ** 40 } },
    { kind: 'replaced', body: {} },
  ]),
  layoutTarget('controlFrame', controlFrame, CONTROL_FRAMES),
  layoutTarget('wireMessage', wireMessage, MESSAGES),
  layoutTarget('seqRange', seqRange, RANGES),
  layoutTarget('messageFrame', messageFrame, MESSAGE_FRAMES),
  layoutTarget('messageDatagram', messageDatagram, MESSAGE_DATAGRAMS),
  layoutTarget('missedCall', missedCall, [MISSED]),
  layoutTarget('callFrame', callFrame, CALL_FRAMES),
  layoutTarget('callDatagram', callDatagram, CALL_DATAGRAMS),
  layoutTarget('friendRequest', friendRequest, [
    {
      version: 1,
      name: 'Anna',
      greeting: 'It is me',
      tag: fill(4, 1),
      sentAt: 1_767_225_600_000,
      home: fill(32, 2),
      extension: fill(3, 0),
    },
  ]),
  layoutTarget('letterBody', letterBody, LETTERS),
  layoutTarget(
    'letterLayout',
    letterLayout,
    LETTERS.map((body) => ({ version: undefined, from, body, padding: undefined })),
  ),
];

/** True for what looks like a layout among a module's exports. */
export function isLayout(value: unknown): value is AnyLayout {
  return typeof value === 'object' && value !== null && 'read' in value && 'write' in value && 'size' in value;
}

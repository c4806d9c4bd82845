/**
 * Writes the tables of docs/protocol.md from the layouts that encode and decode the packets:
 * `npm run docs:protocol`. The text between the tables is written by hand.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { callDatagram, callFrame, missedCall } from '../core/codec/calls.ts';
import { contactLayout, dhtBody } from '../core/codec/dht.ts';
import { envelopeLayout, permitLayout, policyLayout } from '../core/codec/envelope.ts';
import { handoverLayout } from '../core/codec/handover.ts';
import { lanAnnouncement } from '../core/codec/lan.ts';
import type { AnyLayout } from '../core/codec/layout.ts';
import { controlDatagram, controlFrame, handshakePacket, helloPayload, welcomePayload } from '../core/codec/link.ts';
import { mailBody, mailLayout, mailLetter, signedLetter } from '../core/codec/mail.ts';
import { friendRequest, messageDatagram, messageFrame, wireMessage } from '../core/codec/messages.ts';
import { letterBody, letterLayout } from '../core/codec/query.ts';
import { relayBodies } from '../core/codec/relay.ts';

const FILE = 'docs/protocol.md';

interface Variants {
  readonly variants: Readonly<Record<string, { readonly number: number; readonly layout: AnyLayout }>>;
}

const ownBodies = Object.fromEntries(Object.entries(dhtBody.variants).filter(([kind]) => !(kind in relayBodies)));

const tables: Readonly<Record<string, () => string>> = {
  'dht-body': () => variantTables({ variants: ownBodies }),
  relay: () => variantTables({ variants: relayBodies }),
  envelope: () => structTable(envelopeLayout),
  permit: () => structTable(permitLayout),
  policy: () => structTable(policyLayout),
  mail: () => structTable(mailLayout),
  'signed-letter': () => structTable(signedLetter),
  'mail-letter': () => structTable(mailLetter),
  'mail-body': () => variantTables(mailBody),
  handover: () => structTable(handoverLayout),
  contact: () => structTable(contactLayout),
  lan: () => structTable(lanAnnouncement),
  letter: () => structTable(letterLayout),
  'letter-body': () => variantTables(letterBody),
  handshake: () => structTable(handshakePacket),
  'handshake-message': () => variantTables(variantField(handshakePacket, 'message')),
  'hello-payload': () => structTable(helloPayload),
  'welcome-payload': () => structTable(welcomePayload),
  'control-datagram': () => variantTables(controlDatagram),
  'control-frame': () => variantTables(controlFrame),
  'message-frame': () => variantTables(messageFrame),
  'message-datagram': () => variantTables(messageDatagram),
  message: () => structTable(wireMessage),
  'friend-request': () => structTable(friendRequest),
  'call-frame': () => variantTables(callFrame),
  'call-datagram': () => variantTables(callDatagram),
  'missed-call': () => structTable(missedCall),
};

function variantField(layout: AnyLayout, name: string): Variants {
  return layout.fields!.find((field) => field.name === name)!.layout as AnyLayout & Variants;
}

function variantTables({ variants }: Variants): string {
  const rows = Object.entries(variants).map(([kind, { number, layout }]) => {
    const fields = layout.fields ?? [];
    const cells = fields.length === 0 ? ['-'] : fields.map((field) => `${field.name}: ${describe(field.layout)}`);
    return `| 0x${number.toString(16).padStart(2, '0')} | ${kind} | ${cells.join('<br>')} |`;
  });
  return ['| number | kind | fields, in order |', '| --- | --- | --- |', ...rows].join('\n');
}

function structTable(layout: AnyLayout): string {
  const rows = layout.fields!.map((field) => `| ${field.name} | ${field.layout.size} | ${field.layout.type} |`);
  return ['| field | bytes | what |', '| --- | --- | --- |', ...rows].join('\n');
}

function describe(layout: AnyLayout): string {
  return layout.type.startsWith('u') && !layout.type.includes(' ') ? layout.type : `${layout.type} (${layout.size})`;
}

/** The document with all its tables made anew. @throws {Error} for a marker without a table. */
export function withTables(document: string): string {
  return document.replace(/<!-- table:([a-z-]+) -->[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`no table is called ${name}`);
    return `<!-- table:${name} -->\n${table()}\n<!-- end -->`;
  });
}

if (process.argv[2] === 'write') writeFileSync(FILE, withTables(readFileSync(FILE, 'utf8')));

/**
 * Writes the tables of docs/api.md from the contract: `npm run docs:api`. The text between the tables is written by
 * hand.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { GenericSchema } from 'valibot';
import { events, requests } from '../core/api/contract.ts';
import { ERROR_CODES } from '../core/api/errors.ts';
import * as views from '../core/api/views.ts';

const FILE = 'docs/api.md';

/** What we read of a valibot schema: its public, typed shape differs from kind to kind. */
interface Schema {
  readonly type: string;
  readonly literal?: unknown;
  readonly options?: readonly unknown[];
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly value?: Schema;
  readonly wrapped?: Schema;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
}

/** Objects with a name of their own: they get a table each, and the others link to it. */
const NAMED: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [views.profileView, 'profile'],
  [views.friendView, 'friend'],
  [views.requestView, 'friend request'],
  [views.messageView, 'message'],
  [views.callEntry, 'call entry'],
  [views.callView, 'call'],
  [views.searchHit, 'search hit'],
  [views.networkStatus, 'network status'],
  [views.nodeView, 'node'],
  [views.settings, 'settings'],
]);

const HEX_LENGTHS: Readonly<Record<string, string>> = {
  '/^[0-9a-f]{64}$/': '64 hex digits',
  '/^[0-9a-f]{32}$/': '32 hex digits',
};

function describe(schema: Schema): string {
  const name = NAMED.get(schema);
  if (name !== undefined) return `[${name}](#${name.replaceAll(' ', '-')})`;
  switch (schema.type) {
    case 'string':
      return describeText(schema);
    case 'number':
      return describeNumber(schema);
    case 'literal':
      return `\`${JSON.stringify(schema.literal)}\``;
    case 'picklist':
      return (schema.options ?? []).map((option) => `\`"${option}"\``).join(' or ');
    case 'array':
      return `list of ${describe(schema.item as Schema)}`;
    case 'record':
      return `object from text to ${describe(schema.value as Schema)}`;
    case 'nullable':
      return `${describe(schema.wrapped as Schema)} or null`;
    case 'optional':
      return describe(schema.wrapped as Schema);
    case 'union':
      return (schema.options as readonly Schema[]).map(describe).join(' or ');
    case 'object':
    case 'strict_object':
      return describeMembers(schema);
    default:
      return schema.type;
  }
}

/** A pipe may begin with a schema that has a pipe of its own. */
function requirement(schema: Schema, type: string): unknown {
  const [base] = schema.pipe ?? [];
  const found = schema.pipe?.find((action) => action.type === type)?.requirement;
  return found ?? (base === undefined || base === schema ? undefined : requirement(base as Schema, type));
}

function describeText(schema: Schema): string {
  const pattern = requirement(schema, 'regex');
  if (pattern !== undefined) return HEX_LENGTHS[String(pattern)] ?? `text like ${pattern}`;
  const max = requirement(schema, 'max_length');
  return max === undefined ? 'text' : `text, at most ${max} characters`;
}

function describeNumber(schema: Schema): string {
  const kind = schema.pipe?.some(({ type }) => type === 'integer') ? 'whole number' : 'number';
  const [min, max] = [requirement(schema, 'min_value'), requirement(schema, 'max_value')];
  if (max !== undefined) return `${kind} from ${min} to ${max}`;
  return kind;
}

function describeMembers(schema: Schema): string {
  const members = Object.entries(schema.entries ?? {});
  if (members.length === 0) return '`{}`';
  const texts = members.map(
    ([name, member]) => `\`${name}${member.type === 'optional' ? '?' : ''}\`: ${describe(member)}`,
  );
  return `{ ${texts.join('; ')} }`;
}

function rowsOf(entries: Readonly<Record<string, Schema>>): string[] {
  return Object.entries(entries).map(([name, member]) => `| \`${name}\` | ${describe(member)} |`);
}

function objectTables(): string {
  const tables = [...NAMED].map(([schema, name]) => {
    const { type, entries, options } = schema as Schema;
    const head = [`### ${name}`, '', '| member | what |', '| --- | --- |'];
    if (type !== 'variant') return [...head, ...rowsOf(entries ?? {})].join('\n');
    const variants = (options as readonly Schema[]).map((option) => `| one of | ${describeMembers(option)} |`);
    return [...head, ...variants].join('\n');
  });
  return tables.join('\n\n');
}

const tables: Readonly<Record<string, () => string>> = {
  requests: () =>
    [
      '| method | parameters | result |',
      '| --- | --- | --- |',
      ...Object.entries(requests as Record<string, { args: GenericSchema; result: GenericSchema }>).map(
        ([method, { args, result }]) =>
          `| \`${method}\` | ${describe(args as Schema)} | ${describe(result as Schema)} |`,
      ),
    ].join('\n'),
  events: () =>
    [
      '| event | payload |',
      '| --- | --- |',
      ...Object.entries(events).map(([name, payload]) => `| \`${name}\` | ${describe(payload as Schema)} |`),
    ].join('\n'),
  objects: objectTables,
  errors: () => ERROR_CODES.map((code) => `\`${code}\``).join(', '),
};

/** The document with all its tables made anew. @throws {Error} for a marker without a table. */
export function withApiTables(document: string): string {
  return document.replace(/<!-- table:([a-z-]+) -->[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`no table is called ${name}`);
    return `<!-- table:${name} -->\n${table()}\n<!-- end -->`;
  });
}

if (process.argv[2] === 'write') {
  writeFileSync(FILE, withApiTables(readFileSync(FILE, 'utf8')));
}

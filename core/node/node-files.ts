import * as v from 'valibot';
import type { Files } from '../ports/files.ts';

/** What a node gives for others until somebody chooses: 256 MiB. */
export const DEFAULT_CARRYING_BYTES = 256 * 1024 * 1024;

const portSchema = v.fallback(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 0);

/** What a node remembers between runs without any secret of a person: bootstrap entries and good nodes. */
const memorySchema = v.object({
  /** Entries the user added, HOST:PORT/PUBLICKEY. */
  bootstrap: v.array(v.string()),
  /** Nodes that answered in the last run, same form. */
  nodes: v.array(v.string()),
  /** Bytes it gives to keep what is sent to others; a file of an earlier version has none. */
  carrying: v.fallback(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), DEFAULT_CARRYING_BYTES),
  /** The UDP port that others were told; 0 where none is known. */
  port: portSchema,
  /** What was used instead when `port` was last taken by somebody else; 0 where it never was. */
  substitutePort: portSchema,
});
export type NodeMemory = v.InferOutput<typeof memorySchema>;

const MEMORY_FILE = 'network.json';
const KEY_FILE = 'node.key';
const EMPTY: NodeMemory = { bootstrap: [], nodes: [], carrying: DEFAULT_CARRYING_BYTES, port: 0, substitutePort: 0 };

/** A missing or damaged file gives an empty memory: the network can always be found again. */
export async function readNodeMemory(files: Files): Promise<NodeMemory> {
  const bytes = await files.read(MEMORY_FILE);
  if (bytes === undefined) return EMPTY;
  try {
    const parsed = v.safeParse(memorySchema, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.output : EMPTY;
  } catch {
    return EMPTY;
  }
}

export async function writeNodeMemory(files: Files, memory: NodeMemory): Promise<void> {
  await files.write(MEMORY_FILE, new TextEncoder().encode(`${JSON.stringify(memory, null, 1)}\n`));
}

/**
 * The 32-byte seed of the node key. It is kept so that a bootstrap address stays good across restarts; it is no
 * secret of a person, since the profile key is another one (docs/architecture.md, "Two keys").
 */
export async function readOrMakeNodeSeed(files: Files, fresh: Uint8Array): Promise<Uint8Array> {
  const known = await files.read(KEY_FILE);
  if (known?.length === fresh.length) return known;
  await files.write(KEY_FILE, fresh);
  return fresh;
}

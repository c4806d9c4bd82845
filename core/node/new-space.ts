/**
 * From now on V8 gives new objects no more room than they have (a few MB once a node is up, of the 48 it would take in
 * time): a node makes little garbage, and seldom. Said to a running V8, because with a flag on its command line it
 * refuses the compiled code that Node keeps of its own modules and compiles them at each start.
 */
export async function limitNewSpace(): Promise<void> {
  // Loaded when asked for: the start goes first.
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * From now on V8 gives new objects no more room than they have (a few MB once a node is up, of the 48 it would take in
 * time): a node makes little garbage, and seldom. The thread that makes them collects them alone, too: by itself V8 wakes
 * helpers and waits until each of them got a processor, which for so little takes longer than the work, and where other
 * programs run it is a gap in a call. Said to a running V8, because with a flag on its command line it refuses the
 * compiled code that Node keeps of its own modules and compiles them at each start.
 */
export async function limitNewSpace(): Promise<void> {
  // Loaded when asked for: the start goes first.
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-parallel-scavenge');
}

// Loaded before a node's own code (NODE_OPTIONS): tells the test when the event loop stood still, see `stalls.ts`.
const EVERY_MS = 20;
const TOLD_FROM_MS = 20;

let last = performance.now();
const beat = setInterval(() => {
  const now = performance.now();
  const ms = now - last - EVERY_MS;
  last = now;
  if (ms >= TOLD_FROM_MS && process.connected) process.send({ stall: { end: performance.timeOrigin + now, ms } });
}, EVERY_MS);
beat.unref();

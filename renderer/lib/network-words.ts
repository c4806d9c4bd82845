import type { NetworkStatus, NodeView } from '../../core/api/views.ts';

const FAST_MS = 50;
const FAIR_MS = 200;

/** How a node is drawn: by its round-trip time, or as failing when it left questions unanswered. */
export function slotTone(node: NodeView): 'fast' | 'fair' | 'slow' | 'failing' {
  if (node.failures > 0) return 'failing';
  if (node.rttMs !== null && node.rttMs < FAST_MS) return 'fast';
  return node.rttMs !== null && node.rttMs < FAIR_MS ? 'fair' : 'slow';
}

/** The state of a bootstrap node in words. */
export function bootstrapWords(state: NetworkStatus['bootstrap'][number]['state']): string {
  return { untried: 'Not tried yet', trying: 'Trying…', answered: 'Answered', silent: 'No answer' }[state];
}

/** What is wrong with the form of HOST:PORT/PUBLICKEY, or null. The core checks again. */
export function bootstrapProblem(address: string): string | null {
  const match = /^(?<host>\[[0-9a-f:.%]+\]|[^\s:/[\]]+):(?<port>\d+)\/(?<key>.*)$/iu.exec(address.trim());
  if (match?.groups === undefined) return 'Write it as HOST:PORT/PUBLICKEY.';
  const { port, key } = match.groups;
  if (Number(port) < 1 || Number(port) > 65_535) return 'The port must be between 1 and 65535.';
  if (!/^[0-9a-f]*$/iu.test(key!)) return 'The public key has characters that are not hexadecimal (0-9, a-f).';
  if (key!.length !== 64) return `The public key must have 64 hexadecimal digits; this one has ${key!.length}.`;
  return null;
}

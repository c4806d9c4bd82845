import type { CoreInfo } from '../core-factory.ts';

export interface Ready {
  readonly info: CoreInfo;
  readonly rpc: string;
  readonly ui: string;
  readonly token: string;
}

/** The first line of `--json`: what a script needs to drive this node. Its members are stable (`docs/api.md`). */
export function readyLine({ info, rpc, ui, token }: Ready): string {
  const { publicId, nodeId, bootstrapAddress } = info;
  return `${JSON.stringify({ ready: true, rpc, token, ui, publicId, nodeId, bootstrap: bootstrapAddress })}\n`;
}

/** The same for people. */
export function readyText({ info, rpc, ui, token }: Ready): string {
  return [
    'Parley is running. Ctrl-C ends it.',
    `  page          ${ui}`,
    `  public ID     ${info.publicId ?? 'none yet: make or open a profile on the page'}`,
    `  bootstrap     ${info.bootstrapAddress}`,
    `  node ID       ${info.nodeId}`,
    `  scripts       ${rpc}  token ${token}`,
    '',
  ].join('\n');
}

/**
 * The programmed entry points (L:15), as HOST:PORT/PUBLICKEY. No public one is run yet, so the list is empty and
 * a first node is named by `--bootstrap`, on the network page, or found on the local network.
 */
export const BUILT_IN_BOOTSTRAP: readonly string[] = [];

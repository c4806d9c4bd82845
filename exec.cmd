@rem npm scripts say "exec", so that signals reach node and not a shell, and "env -u", so that node does not read
@rem certificates it has no use for. Windows has no such words: run the rest.
@set PARLEY_RUN=%*
@%PARLEY_RUN:env -u NODE_EXTRA_CA_CERTS =%

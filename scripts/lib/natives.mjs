// How the build treats the packages that bring compiled code.
import { basename, dirname } from 'node:path';

const SQLCIPHER = '@signalapp/sqlcipher';
const NATIVES = ['sodium-native', 'udx-native', SQLCIPHER];
const IN_WS = /[\\/]node_modules[\\/]ws[\\/]/;
const ANY_NATIVE = new RegExp(`^(${NATIVES.join('|')})(/.*)?$`);

/**
 * Leaves the packages outside and loads them by `require`: an `import` of CommonJS first scans its source for export
 * names, which takes 25 ms of the start for nothing.
 */
export const requireNatives = {
  name: 'require-natives',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: ANY_NATIVE }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'native' },
    );
    onLoad({ filter: /./, namespace: 'native' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

/** Takes the packages' JavaScript into the bundle; `loadNative` of `bundle.cjs` brings the binaries. */
export const bundleNatives = {
  name: 'bundle-natives',
  setup({ onResolve, onLoad }) {
    // sqlcipher asks this package for its binary, and nobody else does.
    onResolve({ filter: /^node-gyp-build$/ }, ({ path }) => ({ path, namespace: 'binary' }));
    // However it is asked for, by the package or by us.
    onLoad({ filter: /[\\/](sodium|udx)-native[\\/]binding\.js$/ }, ({ path }) => ({
      contents: `module.exports = loadNative('${basename(dirname(path))}');`,
      loader: 'js',
    }));
    onLoad({ filter: /./, namespace: 'binary' }, () => ({
      contents: `module.exports = () => loadNative('${SQLCIPHER}');`,
      loader: 'js',
    }));
    // Loading it, and what it needs for its messages, takes longer than the packages that call it.
    onResolve({ filter: /^(node:)?assert$/ }, ({ path }) => ({ path, namespace: 'assert' }));
    onLoad({ filter: /./, namespace: 'assert' }, () => ({
      contents: 'module.exports = (holds, text) => { if (!holds) throw new Error(text ?? "an assertion failed"); };',
      loader: 'js',
    }));
    // ws needs these two for connections to other servers over TLS, which a node makes none of.
    onResolve({ filter: /^(https|tls)$/ }, ({ path, importer }) =>
      IN_WS.test(importer) ? { path, namespace: 'later' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
      contents: `for (const name of ['connect', 'get', 'request'])
        Object.defineProperty(module.exports, name, { get: () => require('node:${path}')[name] });`,
      loader: 'js',
    }));
    // By `require`, which picks the CommonJS form of those that have two.
    onResolve({ filter: ANY_NATIVE }, ({ path, kind, resolveDir }) =>
      kind === 'require-call' ? undefined : { path, namespace: 'native', pluginData: { resolveDir } },
    );
    onLoad({ filter: /./, namespace: 'native' }, ({ path, pluginData: { resolveDir } }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
      resolveDir,
    }));
    onResolve({ filter: /\/tweetnacl-backend\.ts$/ }, ({ path }) => ({ path, namespace: 'fallback' }));
    onLoad({ filter: /./, namespace: 'fallback' }, () => ({
      contents: "module.exports = require(__dirname + '/fallback.cjs');",
      loader: 'js',
    }));
    // What Node itself brings needs no module of its own kind around it.
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'built-in' },
    );
    onLoad({ filter: /./, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

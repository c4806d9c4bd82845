// React comes as CommonJS only. Around that a bundler puts a function for each file, so that V8 reads the 200 KB of
// react-dom twice: once to skip the function, on a thread of its own, and again when it is called, on the page's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const FILES = {
  react: 'react/cjs/react.production.js',
  'react/jsx-runtime': 'react/cjs/react-jsx-runtime.production.js',
  'react-dom': 'react-dom/cjs/react-dom.production.js',
  'react-dom/client': 'react-dom/cjs/react-dom-client.production.js',
  scheduler: 'scheduler/cjs/scheduler.production.js',
};

/** A CommonJS source that only sets properties of `exports` -> the same as a module. @throws for any other source */
export function toModule(source) {
  if (/\bmodule\.exports\b|\bexports\[/.test(source)) throw new Error('not a source that only sets exports by name');
  const needed = [];
  const body = source.replaceAll(/\brequire\("([^"]+)"\)/g, (_, name) => {
    if (!needed.includes(name)) needed.push(name);
    return `required${needed.indexOf(name)}`;
  });
  const names = [...new Set([...body.matchAll(/\bexports\.(\w+) =/g)].map(([, name]) => name))];
  return [
    ...needed.map((name, i) => `import required${i} from ${JSON.stringify(name)};`),
    'const exports = {};',
    body,
    'export default exports;',
    // A file has functions of these names too.
    ...names.map((name, i) => `const exported${i} = exports.${name}; export { exported${i} as ${name} };`),
  ].join('\n');
}

/** For the page as it is shipped; the development builds of React stay as they are. */
export const reactAsModules = {
  name: 'react-as-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(react|react-dom|scheduler)(\/|$)/ }, ({ path }) => {
      if (FILES[path] === undefined)
        return { errors: [{ text: `${path}: not known to scripts/lib/react-modules.mjs` }] };
      return { path, namespace: 'react' };
    });
    onLoad({ filter: /./, namespace: 'react' }, ({ path }) => ({
      contents: toModule(readFileSync(join(ROOT, 'node_modules', FILES[path]), 'utf8')),
      resolveDir: ROOT,
    }));
  },
};

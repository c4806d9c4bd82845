// The licences of the packages in a bundle: most ask that their text goes where the code goes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const LICENSE_FILE = /^(licen[cs]e|copying)(\.|$)/i;

/** Folders, below the project's, of the packages that the inputs of a bundle are of, sorted. */
export function packagesIn({ inputs }) {
  const found = Object.keys(inputs).flatMap((input) => {
    // What `reactAsModules` took in.
    const path = input.replace(/^react:/, 'node_modules/');
    return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
  });
  return [...new Set(found)].sort();
}

/** Name, version and licence of a package, with the licence's text. @throws where it brings none */
export function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(ROOT, folder)).find((entry) => LICENSE_FILE.test(entry));
  if (file === undefined) throw new Error(`${folder} brings no text of its licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(ROOT, folder, file), 'utf8').trim()}\n`;
}

/** All of them, for several bundles that go together. */
export function licensesIn(metafiles) {
  const folders = new Set(metafiles.flatMap(packagesIn));
  return [...folders]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

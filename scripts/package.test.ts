import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const text = readFileSync('electron-builder.yml', 'utf8');

/** The lines of one top-level entry, without its name. */
function section(name: string): string {
  const found = new RegExp(`^${name}:(.*\\n(?:[ #-].*\\n)*)`, 'm').exec(text);
  if (found === null) throw new Error(`there is no ${name}`);
  return found[1] ?? '';
}

describe('the package', () => {
  test.each([
    'runAsNode: false',
    'enableNodeOptionsEnvironmentVariable: false',
    'enableNodeCliInspectArguments: false',
    'grantFileProtocolExtraPrivileges: false',
    'loadBrowserProcessSpecificV8Snapshot: false',
    'enableCookieEncryption: true',
    'enableEmbeddedAsarIntegrityValidation: true',
    'onlyLoadAppFromAsar: true',
  ])('has the fuse %s', (fuse) => {
    expect(section('electronFuses')).toContain(`  ${fuse}\n`);
  });

  test('holds what is built, and no test, double or source map', () => {
    const files = section('files');
    for (const kept of ['dist/electron/**', 'dist/renderer/**', 'LICENSE']) expect(files).toContain(`  - ${kept}\n`);
    for (const left of ['!**/*.map', '!**/*.test.*', '!**/testing/**']) expect(files).toContain(left);
  });

  test('keeps every native module outside the archive', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    const natives = Object.keys(dependencies).filter((name) => existsSync(`node_modules/${name}/prebuilds`));
    expect(natives.sort()).toEqual(['@signalapp/sqlcipher', 'sodium-native', 'udx-native']);
    for (const name of natives) expect(section('asarUnpack')).toContain(`node_modules/${name}/**`);
  });

  test('comes in the usual forms, with the sandbox on', () => {
    expect(section('linux')).toContain('[AppImage, deb]');
    expect(section('win')).toContain('[nsis]');
    expect(section('mac')).toContain('[dmg]');
    expect(text).not.toContain('no-sandbox');
  });

  test('starts what the build makes, and its pictures are there', () => {
    const { main } = JSON.parse(readFileSync('package.json', 'utf8')) as { main: string };
    expect(main).toBe('dist/electron/main.js');
    for (const file of ['assets/icon.png', 'assets/icon.svg', 'assets/tray.png']) expect(existsSync(file)).toBe(true);
  });

  test('runs a node without flags, with which V8 would compile the modules of Node itself anew', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { node: string } };
    expect(scripts.node).toMatch(/ node scripts\/node\.cjs$/);
  });
});

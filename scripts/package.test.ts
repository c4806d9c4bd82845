import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const text = readFileSync('electron-builder.yml', 'utf8');

/** The lines of one top-level entry, without its name. */
function section(name: string): string {
  const found = new RegExp(`^${name}:(.*\\n(?:[ #-].*\\n)*)`, 'm').exec(text);
  if (found === null) throw new Error(`there is no ${name}`);
  return found[1] ?? '';
}

/** The rights that a property list gives. */
function entitlements(plist: string): string[] {
  return [...plist.matchAll(/<key>(.+?)<\/key>\s*<true\/>/g)].map(([, key]) => key ?? '');
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

  test('leaves out binaries that no computer it runs on can load', () => {
    const files = section('files');
    for (const left of ['!node_modules/**/prebuilds/{android,ios}-*/**', '!node_modules/**/*.bare']) {
      expect(files).toContain(`  - "${left}"\n`);
    }
    // The packager turns files that stand under one system into a pattern of their own, which takes in the whole checkout.
    for (const system of ['linux', 'win', 'mac']) expect(section(system)).not.toContain('  files:');
  });

  test('brings the licences of what is bundled', () => {
    expect(section('extraResources')).toContain('  - from: dist/licenses\n');
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
    // Left out, the packager puts --no-sandbox there.
    expect(section('appImage')).toContain('  executableArgs: []\n');
  });

  test('is asked for the microphone and the local network by macOS, in its own words', () => {
    const mac = section('mac');
    expect(mac).toContain('  hardenedRuntime: true\n');
    const file = 'assets/entitlements.mac.plist';
    for (const name of ['entitlements', 'entitlementsInherit']) expect(mac).toContain(`  ${name}: ${file}\n`);
    const given = entitlements(readFileSync(file, 'utf8'));
    expect(given).toContain('com.apple.security.device.audio-input');
    // Those that Electron needs, as the packager gives them by itself.
    const usual = readFileSync('node_modules/app-builder-lib/templates/entitlements.mac.plist', 'utf8');
    expect(given).toEqual(expect.arrayContaining(entitlements(usual)));
    for (const asked of ['NSMicrophoneUsageDescription', 'NSLocalNetworkUsageDescription']) {
      expect(mac).toMatch(new RegExp(`^ {4}${asked}: Parley [^:#]+\\.$`, 'm'));
    }
  });

  test('is not put to a nap by macOS while its window is hidden', () => {
    expect(section('mac')).toContain('    LSAppNapIsDisabled: true\n');
  });

  test('is known to a Linux desktop by one name, and has what a deb must have', () => {
    const { desktopName } = JSON.parse(readFileSync('package.json', 'utf8')) as { desktopName: string };
    expect(section('appId').trim()).toBe(desktopName.replace(/\.desktop$/, ''));
    expect(section('linux')).toContain('  syncDesktopName: true\n');
    expect(section('linux')).not.toContain('StartupWMClass');
    // Without one the packager refuses to make a deb.
    expect(section('extraMetadata')).toMatch(/^ {2}homepage: https:/m);
    expect(section('deb')).toMatch(/^ {2}maintainer: .+<.+>$/m);
  });

  test('starts what the build makes, and its pictures are there', () => {
    const { main } = JSON.parse(readFileSync('package.json', 'utf8')) as { main: string };
    expect(main).toBe('dist/electron/main.js');
    const pictures = ['icon.png', 'icon.svg', 'tray.png', 'trayTemplate.png', 'trayTemplate@2x.png'];
    for (const file of pictures) expect(existsSync(`assets/${file}`)).toBe(true);
  });

  test('runs a node without flags, with which V8 would compile the modules of Node itself anew', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { node: string } };
    expect(scripts.node).toMatch(/ node scripts\/node\.cjs$/);
  });
});

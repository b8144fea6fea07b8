import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import {
  findCommand,
  installCommand,
  missingPackages,
  notInstalled,
  systemName,
  withoutServices,
} from './packages.mjs';

describe('notInstalled', () => {
  it('notInstalled returns packages that dpkg does not know, that were removed or that are half installed', () => {
    const listing = 'meson installed\ng++ config-files\nninja-build half-configured\n';
    expect(notInstalled(['meson', 'g++', 'ninja-build', 'libuv1-dev'], listing)).toEqual([
      'g++',
      'ninja-build',
      'libuv1-dev',
    ]);
  });
});

describe.runIf(findCommand(['dpkg-query']))('missingPackages', () => {
  it('missingPackages queries dpkg', () => {
    expect(missingPackages(['dpkg', 'no-such-package-of-debian'])).toEqual(['no-such-package-of-debian']);
  });
});

describe('installCommand', () => {
  it('installCommand is one line to paste', () => {
    expect(installCommand(['a', 'b'])).toBe(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends a b',
    );
  });
});

describe('findCommand', () => {
  it('findCommand takes the first name with an executable file in the PATH', () => {
    const folder = temporaryFolder({ 'bin/chrome': '#!/bin/sh\n', 'bin/chromium': 'not executable' });
    const env = { PATH: `/nowhere:${join(folder, 'bin')}` };
    expect(findCommand(['chromium', 'chrome'], env)).toBe(join(folder, 'bin/chrome'));
    expect(findCommand(['no-such-command-here'], env)).toBeUndefined();
  });
});

describe('systemName', () => {
  it('systemName contains the distribution and its version', () => {
    expect(systemName('PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n')).toBe('debian12');
  });

  it('systemName is the platform if nothing else is known', () => {
    expect(systemName('')).toBe(process.platform);
  });
});

describe('withoutServices', () => {
  it('withoutServices forbids services to start during the work, and removes its policy if the work fails', async () => {
    const file = join(temporaryFolder({}), 'policy-rc.d');
    const during = () => Promise.resolve(spawnSync(file, ['redis-server', 'start']).status);
    expect(await withoutServices(during, file)).toBe(101);
    expect(existsSync(file)).toBe(false);
    await expect(withoutServices(() => Promise.reject(new Error('no space')), file)).rejects.toThrow(
      'no space',
    );
    expect(existsSync(file)).toBe(false);
  });

  it('withoutServices leaves the policy of the administrator alone', async () => {
    const folder = temporaryFolder({ 'policy-rc.d': '#!/bin/sh\nexit 0\n' });
    const file = join(folder, 'policy-rc.d');
    await withoutServices(() => Promise.resolve(), file);
    expect(existsSync(file)).toBe(true);
  });
});

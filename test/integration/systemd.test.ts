import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '@televisit/server/config';
import { expect, it, onTestFinished } from 'vitest';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';

const UNIT = readFileSync(fileURLToPath(new URL('../../deploy/televisit.service', import.meta.url)), 'utf8');
const isHere = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).error === undefined;
if (!isHere) console.warn('SKIPPED: the check of the systemd unit. It needs systemd-analyze.');

it('the systemd unit gives a server the time that its defaults need to move visits', () => {
  const { shutdownDelaySeconds, drainSeconds } = parseConfig({});
  const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(UNIT)?.[1]);
  expect(stop).toBeGreaterThanOrEqual(shutdownDelaySeconds + drainSeconds + 15);
  // SIGTERM to the whole group would end the media workers before their visits have moved.
  expect(UNIT).toContain('KillMode=mixed');
});

it.skipIf(!isHere)('systemd accepts the unit, and rates its exposure as low', () => {
  const folder = makeTemporaryFolder();
  onTestFinished(() => removeFolder(folder));
  const file = join(folder, 'televisit.service');
  // The program must exist on the machine of the check.
  writeFileSync(file, UNIT.replace('/opt/televisit/node_modules/.bin/node', process.execPath));
  const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  expect([verified.status, verified.stderr]).toEqual([0, '']);
  const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
    encoding: 'utf8',
  });
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(rated.stdout)?.[1])).toBeLessThan(3);
});

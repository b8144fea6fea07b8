import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { attempt, CheckFailure, failed, passed, type Finding, type Subject } from './finding.ts';

/**
 * Each participant takes a WebSocket and, over TCP, a media connection; pages in the waiting room take one, too. Fewer than the least
 * do not last for a small clinic.
 */
const FILE_DESCRIPTORS = { enough: 65_536, least: 4_096 };
/** Room for a burst of video of many participants while the worker is busy, in bytes (mediasoup uses the kernel's maximum). */
const SOCKET_BUFFER = 2_500_000;
const FREE_DISK = 1e9;

/** Where the kernel tells about this process and itself; tests pass another folder. */
export interface MachineOptions {
  readonly procfs?: string;
  readonly dataDir: string;
}

/** The machine: limits of the operating system, buffers of the kernel, and the disk. */
export function machine({ procfs = '/proc', dataDir }: MachineOptions): Subject {
  return {
    name: 'machine',
    check: async () => [
      await fileDescriptors(procfs),
      await socketBuffer(procfs, 'rmem_max'),
      await socketBuffer(procfs, 'wmem_max'),
      await attempt('disk', 'Set DATA_DIR to a folder that the server may write to.', async () => {
        const { bavail, bsize } = await statfs(existing(dataDir));
        const free = bavail * bsize;
        if (free < FREE_DISK) {
          throw new CheckFailure(
            `only ${(free / 1e9).toFixed(1)} GB are free in ${dataDir}`,
            'Make space: without any, the server accepts no changes.',
          );
        }
        return `${(free / 1e9).toFixed(0)} GB are free in ${dataDir}`;
      }),
    ],
  };
}

async function fileDescriptors(procfs: string): Promise<Finding> {
  const name = 'file descriptors';
  const remedy = `Raise them to ${FILE_DESCRIPTORS.enough} (LimitNOFILE= in systemd, ulimits in Docker Compose).`;
  try {
    const limits = await readFile(`${procfs}/self/limits`, 'utf8');
    const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(limits) ?? [];
    const limit = soft === 'unlimited' ? Infinity : Number(soft);
    if (limit >= FILE_DESCRIPTORS.enough) return passed(name, `at most ${soft}`);
    if (limit >= FILE_DESCRIPTORS.least) {
      return passed(name, `at most ${soft}; a large server needs ${FILE_DESCRIPTORS.enough}`, true);
    }
    return failed(name, `at most ${soft}, which limits the number of participants`, remedy);
  } catch {
    return passed(name, 'unknown on this operating system', true);
  }
}

/** Returns the folder, or the closest one above it that exists. */
function existing(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) ? path : existing(dirname(path));
}

/** A host with small buffers works; it loses packets in bursts of many participants. */
async function socketBuffer(procfs: string, name: string): Promise<Finding> {
  const path = `sys/net/core/${name}`;
  const setting = path.slice('sys/'.length).replaceAll('/', '.');
  try {
    const bytes = Number(await readFile(`${procfs}/${path}`, 'utf8'));
    const isEnough = bytes >= SOCKET_BUFFER;
    const advice = `; sysctl -w ${setting}=${SOCKET_BUFFER} prevents losses on servers with many participants`;
    return passed(setting, `${bytes} bytes${isEnough ? '' : advice}`, !isEnough);
  } catch {
    return passed(setting, 'not visible in this container; see docs/OPERATIONS.md', true);
  }
}

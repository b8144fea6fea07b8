import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { hasExited, processIdentity } from './process-identity.ts';

/** This process's identity with another process id and start time. */
const identityOf = (pid: number, start: string) =>
  processIdentity()?.replace(/\d+ \d+$/, `${pid} ${start}`) ?? 'not on Linux';

describe.skipIf(processIdentity() === null)('hasExited', () => {
  it('returns false for a running process and for processes that cannot be checked', () => {
    expect(hasExited(processIdentity())).toBe(false);
    expect(hasExited(null)).toBe(false);
    expect(hasExited('another-boot pid:[1] 1 1')).toBe(false);
  });

  it('returns true for an exited process and for one whose PID is in use by another process', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(hasExited(identityOf(child.pid ?? 0, '1'))).toBe(true);
    expect(hasExited(identityOf(process.pid, '1'))).toBe(true);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { isGone, ownHolder } from './holder.ts';

/** The holder's name with another process id and start. */
const named = (pid: number, start: string) =>
  ownHolder()?.replace(/\d+ \d+$/, `${pid} ${start}`) ?? 'no such system';

describe.skipIf(ownHolder() === null)('isGone', () => {
  it('is false for a process that runs, and for one of which nothing can be known', () => {
    expect(isGone(ownHolder())).toBe(false);
    expect(isGone(null)).toBe(false);
    expect(isGone('another-boot pid:[1] 1 1')).toBe(false);
  });

  it('is true for one that ended, and for one whose number another process has now', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(isGone(named(child.pid ?? 0, '1'))).toBe(true);
    expect(isGone(named(process.pid, '1'))).toBe(true);
  });
});

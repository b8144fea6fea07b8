import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { lockMachine } from './machine-lock.ts';

const MODULE = fileURLToPath(new URL('./machine-lock.ts', import.meta.url));
const CLOCK = fileURLToPath(new URL('../../core/clock.ts', import.meta.url));

describe('lockMachine', () => {
  it('gives the lock to one at a time', async () => {
    const name = randomUUID();
    const { signal } = new AbortController();
    const order: string[] = [];
    const first = await lockMachine(name, systemClock, signal);
    const second = lockMachine(name, systemClock, signal).then((lock) => {
      order.push('second');
      return lock;
    });
    order.push('first is done');
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
    expect(order).toEqual(['first is done', 'second']);
  });

  it('stops waiting when the signal aborts', async () => {
    const name = randomUUID();
    const stopping = new AbortController();
    await using lock = await lockMachine(name, systemClock, stopping.signal);
    expect(lock).toBeDefined();
    const waiting = lockMachine(name, systemClock, stopping.signal);
    stopping.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });

  it('gets the lock of a process that was killed', async () => {
    const name = randomUUID();
    const script = `
      import { lockMachine } from ${JSON.stringify(MODULE)};
      import { systemClock } from ${JSON.stringify(CLOCK)};
      await lockMachine(${JSON.stringify(name)}, systemClock, new AbortController().signal);
      console.log('locked');`;
    const args = ['--input-type=module-typescript', '-e', script];
    const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await using lock = await lockMachine(name, systemClock, new AbortController().signal);
    expect(lock).toBeDefined();
  });
});

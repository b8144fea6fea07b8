import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findCommand } from './setup/packages.mjs';

/** A parent that forwards signals to a child, which prints each one and ends itself at "exit". */
function family() {
  const child = `
    for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {
      console.log(name);
      if (name === 'SIGTERM') process.exit(7);
    });
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const parent = `
    import { ended, forwardSignals, start } from ${JSON.stringify(join(import.meta.dirname, 'processes.mjs'))};
    const child = start(process.execPath, ['-e', ${JSON.stringify(child)}], { cwd: '/', env: process.env });
    forwardSignals(() => [child]);
    process.exit(await ended(child));`;
  const started = spawn(process.execPath, ['--input-type=module', '-e', parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  started.stdout.setEncoding('utf8').on('data', (text: string) => said.push(...text.trim().split('\n')));
  return { parent: started as ChildProcess, said };
}

describe('forwardSignals()', () => {
  it('forwards a signal that arrives twice at once only once, a later one again, and passes the exit code on', async () => {
    const { parent, said } = family();
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(['ready']);
    parent.kill('SIGINT');
    await wait(20);
    parent.kill('SIGINT');
    await wait(500);
    expect(said).toEqual(['ready', 'SIGINT']);
    parent.kill('SIGTERM');
    const [code] = (await once(parent, 'exit')) as [number];
    expect(code).toBe(7);
    expect(said).toEqual(['ready', 'SIGINT', 'SIGTERM']);
  }, 20_000);
});

describe.runIf(findCommand(['setpriv']))('start()', () => {
  it('starts a child that ends when we are killed', async () => {
    const { parent, said } = family();
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(['ready']);
    parent.kill('SIGKILL');
    await expect.poll(() => said).toEqual(['ready', 'SIGTERM']);
  }, 20_000);
});

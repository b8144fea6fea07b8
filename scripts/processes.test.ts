import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findCommand } from './setup/packages.mjs';

/** Starts a parent that forwards signals to a child, which prints each one and ends itself at "exit". */
function family({ byNpm = false } = {}) {
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
  const args = ['--input-type=module', '-e', parent];
  const options = { stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
  // As npm does: in a shell that stays, so not as its last command.
  const inShell = ['-c', '"$0" "$@"; exit $?', process.execPath, ...args];
  const started = byNpm
    ? spawn('sh', inShell, { ...options, env: { ...process.env, npm_lifecycle_event: 'start' } })
    : spawn(process.execPath, args, options);
  const said: string[] = [];
  started.stdout.setEncoding('utf8').on('data', (text: string) => said.push(...text.trim().split('\n')));
  return { parent: started as ChildProcess, said };
}

describe('forwardSignals', () => {
  it('forwardSignals forwards a doubled signal once and a later one again, and the exit code is passed on', async () => {
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

describe('forwardSignals under npm', () => {
  it('forwardSignals ends the child if npm’s shell was ended, which forwards no signal', async () => {
    const { parent: shell, said } = family({ byNpm: true });
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(['ready']);
    shell.kill('SIGTERM');
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(['ready', 'SIGTERM']);
  }, 20_000);
});

describe.runIf(findCommand(['setpriv']))('start', () => {
  it('start makes the child end if this process is killed', async () => {
    const { parent, said } = family();
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(['ready']);
    parent.kill('SIGKILL');
    await expect.poll(() => said).toEqual(['ready', 'SIGTERM']);
  }, 20_000);
});

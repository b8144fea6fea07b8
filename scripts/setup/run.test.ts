import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { run, withTemporary } from './run.mjs';
import { SetupError, tail } from './step.mjs';

let cache = '';
beforeEach(() => {
  cache = temporaryFolder();
  const before = process.env.TELEVISIT_CACHE;
  process.env.TELEVISIT_CACHE = cache;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TELEVISIT_CACHE;
    else process.env.TELEVISIT_CACHE = before;
  });
});

describe('run', () => {
  it('run writes the output of the command to its log', async () => {
    await run('sh', ['-c', 'echo out; echo err >&2'], { log: 'talk', failure: 'no' });
    await run('sh', ['-c', 'echo more'], { log: 'talk', failure: 'no', append: true });
    expect(readFileSync(join(cache, 'televisit/logs/talk.log'), 'utf8')).toBe('out\nerr\nmore\n');
  });

  it('run throws the given message and names the log if the command fails', async () => {
    const failing = run('sh', ['-c', 'echo the reason; exit 3'], { log: 'fail', failure: 'It failed.' });
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SetupError);
    expect((error as SetupError).message).toBe('It failed.');
    expect(tail((error as SetupError).log ?? '')).toBe('the reason');
  });

  it('run throws the given message if there is no such command', async () => {
    await expect(run('no-such-command-here', [], { log: 'none', failure: 'It failed.' })).rejects.toThrow(
      /^It failed\. \(no-such-command-here: /,
    );
  });

  it('run ends the command and its children if the set-up is interrupted', async () => {
    const folder = temporaryFolder();
    const work = join(folder, 'work');
    const script = `
      import { run, withTemporary } from ${JSON.stringify(join(import.meta.dirname, 'run.mjs'))};
      await withTemporary(${JSON.stringify(work)}, () =>
        run('sh', ['-c', 'sleep 300 & echo $! > ${folder}/pid; wait'], { log: 'long', failure: 'no' }));`;
    const setup = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => readFileSync(join(folder, 'pid'), 'utf8')).toMatch(/\d\n/);
    const grandchild = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    setup.kill('SIGINT');
    const [code] = (await once(setup, 'exit')) as [number];
    expect(code).toBe(130);
    expect(existsSync(work)).toBe(false);
    await expect.poll(() => isRunning(grandchild)).toBe(false);
  }, 20_000);
});

describe('withTemporary', () => {
  it('withTemporary removes the folder after success and after failure', async () => {
    const parent = temporaryFolder();
    expect(await withTemporary(join(parent, 'a'), (folder) => Promise.resolve(existsSync(folder)))).toBe(
      true,
    );
    await expect(withTemporary(join(parent, 'b'), () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(readdirSync(parent)).toEqual([]);
  });
});

function isRunning(pid: number): boolean {
  try {
    // A process that ended but was not waited for is a zombie, and not running.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

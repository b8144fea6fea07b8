import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

describe('the built package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-api-client-'));
  const built = join(folder, 'node_modules/@televisit/api-client');
  const run = (script: string, ...args: string[]) =>
    execFileSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8' });
  beforeAll(() => void run(join(ROOT, 'api-client/build.mjs'), built), 60_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it('imports no other package, neither in code nor in types', () => {
    const files = readdirSync(built).filter((name) => /\.(js|ts)$/.test(name));
    expect(files).toContain('index.d.ts');
    for (const name of files) {
      const imports = [
        ...readFileSync(join(built, name), 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)/g),
      ];
      for (const [, source] of imports)
        expect([name, source]).toEqual([name, expect.stringMatching(/^\.\/[\w-]+\.js$/)]);
    }
    expect(JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'))).not.toHaveProperty('dependencies');
  });

  it('runs as plain JavaScript', () => {
    writeFileSync(
      join(folder, 'run.mjs'),
      `import { TelevisitApi, TelevisitApiError } from '@televisit/api-client';
       const api = new TelevisitApi({ baseUrl: 'http://127.0.0.1:1', secret: 'x', retries: 0 });
       const error = await api.listSessions().catch((reason) => reason);
       console.log(error instanceof TelevisitApiError, error.code);`,
    );
    expect(run('run.mjs')).toBe('true network_error\n');
  });

  it('has types that compile strictly and reject what the contract rejects', () => {
    const check = (code: string) => {
      writeFileSync(join(folder, 'use.ts'), `import { TelevisitApi } from '@televisit/api-client';\n${code}`);
      const lib = ['es2022', 'dom'];
      const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', lib, types: [] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      return run(join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.');
    };
    const use = (role: string) => `export async function use(api: TelevisitApi): Promise<string | null> {
      await api.createSession({ appointmentId: 'a', seats: [{ userId: 'x', role: '${role}' }] });
      return (await api.getSession('sess_1')).endReason;
    }`;
    expect(check(use('interpreter'))).toBe('');
    expect(() => check(use('emperor'))).toThrow(
      expect.objectContaining({ stdout: expect.stringContaining('"emperor"') as string }) as Error,
    );
  }, 60_000);
});

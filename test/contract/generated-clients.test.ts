import { execFile, spawnSync, type ExecFileOptions } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { apiDocument } from '@televisit/server/http/api-document';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = join(import.meta.dirname, 'generated-clients');
const TOOLS = process.env.API_TOOLS_BIN;
const HAS_GO = spawnSync('go', ['version'], { cwd: '/' }).status === 0;
/** Time for a generator with its virtual machine, a compiler and the program, in milliseconds. */
const LONGEST_MS = 240_000;

/** Runs a command. @throws {Error} with everything that it printed, if it fails */
async function run(command: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 32 * 1024 * 1024, ...options });
    return String(stdout);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${(error as { stdout?: string }).stdout ?? ''}`);
  }
}

/** The document as `GET /openapi.json` returns it, in a folder for everything that is generated. */
function generateIn(): { folder: string; document: string } {
  const folder = temporaryFolder();
  const document = join(folder, 'openapi.json');
  writeFileSync(document, JSON.stringify(apiDocument()));
  return { folder, document };
}

async function openApiGenerator(document: string, name: string, output: string, ...options: string[]) {
  const args = ['generate', '-i', document, '-g', name, '-o', output, ...options];
  await run(join(TOOLS ?? '', 'openapi-generator-cli'), args);
}

/** Runs a program that uses a generated client against a real server, and checks what it prints. */
async function expectVisit(command: string, args: readonly string[], options: object = {}): Promise<void> {
  const server = await startServer();
  const env = { ...process.env, ...options, API_URL: server.url, API_SECRET: INTERNAL_SECRET };
  const stdout = await run(command, args, { env });
  expect(JSON.parse(stdout)).toEqual({
    joinUrl: true,
    listed: true,
    title: 'Überblick',
    ward: '4',
    seats: 3,
    status: 'ended',
    endedBy: 'backend',
    actions: true,
    refusal: 'session_not_found',
  });
}

describe.skipIf(!TOOLS)('clients generated from openapi.json', () => {
  it(
    'the client of openapi-generator for TypeScript compiles and works',
    { timeout: LONGEST_MS },
    async () => {
      const { folder, document } = generateIn();
      await openApiGenerator(document, 'typescript-fetch', join(folder, 'generated'));
      copyFileSync(join(PROGRAMS, 'main.ts'), join(folder, 'main.ts'));
      writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
      const options =
        '--target es2022 --lib es2022,dom --module node20 --strict --skipLibCheck --types node --outDir out';
      const types = ['--typeRoots', join(ROOT, 'node_modules/@types')];
      await run(process.execPath, [compiler, ...options.split(' '), ...types, 'main.ts'], { cwd: folder });
      await expectVisit(process.execPath, [join(folder, 'out/main.js')]);
    },
  );

  it('the client of openapi-python-client works', { timeout: LONGEST_MS }, async () => {
    const { folder, document } = generateIn();
    const output = join(folder, 'generated');
    const args = ['generate', '--path', document, '--output-path', output, '--meta', 'setup'];
    const stdout = await run(join(TOOLS ?? '', 'openapi-python-client'), args);
    expect(stdout).not.toMatch(/WARNING|ERROR/);
    await expectVisit(join(TOOLS ?? '', 'python'), [join(PROGRAMS, 'main.py')], { PYTHONPATH: output });
  });

  it.skipIf(!HAS_GO)(
    'the client of openapi-generator for Go compiles and works',
    { timeout: LONGEST_MS },
    async () => {
      const { folder, document } = generateIn();
      const options = ['--git-host', 'example.org', '--git-user-id', 'televisit', '--git-repo-id', 'client'];
      await openApiGenerator(
        document,
        'go',
        join(folder, 'client'),
        ...options,
        '--package-name',
        'client',
        '--additional-properties=withGoMod=false',
      );
      writeFileSync(join(folder, 'go.mod'), 'module example.org/televisit\n\ngo 1.24\n');
      mkdirSync(join(folder, 'main'));
      copyFileSync(join(PROGRAMS, 'main.go'), join(folder, 'main/main.go'));
      const settings = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GOPROXY: 'off', CGO_ENABLED: '0' };
      const env = { ...process.env, ...settings };
      // As the set-up builds its programs, so that Go's own packages need not be compiled again.
      await run('go', ['build', '-trimpath', '-o', 'program', './main'], { cwd: folder, env });
      await expectVisit(join(folder, 'program'), []);
    },
  );
});

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** A feature as a contributor would add it. */
const POLLS = `import { z } from 'zod';
import { feature } from '../core/contract.ts';
import { sessionParams } from '../core/fields.ts';

const surveyList = z.strictObject({ surveys: z.array(z.strictObject({ question: z.string() })) });

export const surveys = feature({
  name: 'surveys',
  operations: {
    listSurveys: {
      method: 'get',
      path: '/sessions/{sessionId}/surveys',
      tag: 'Surveys',
      summary: 'List the surveys of a visit',
      access: 'internal',
      params: sessionParams,
      query: z.strictObject({ open: z.enum(['0', '1']).optional() }),
      answers: { 200: { description: 'All surveys', schema: surveyList } },
      errors: ['session_not_found'],
    },
  },
});
`;

const folder = mkdtempSync(join(tmpdir(), 'televisit-api-client-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8' });

/** Compiles code strictly, with the built package in node_modules. */
function check(code: string): string {
  writeFileSync(join(folder, 'use.ts'), `import { TelevisitApi } from '@televisit/api-client';\n${code}`);
  const lib = ['es2022', 'dom'];
  const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', lib, types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  return run(TSC, '-p', '.');
}

const failure = (text: string) =>
  expect.objectContaining({ stdout: expect.stringContaining(text) as string }) as Error;

describe('the built package', () => {
  const built = join(folder, 'node_modules/@televisit/api-client');
  beforeAll(() => void run(join(ROOT, 'api-client/build.mjs'), built), 60_000);

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
    const use = (role: string) => `export async function use(api: TelevisitApi): Promise<string | null> {
      await api.createSession({ appointmentId: 'a', seats: [{ userId: 'x', role: '${role}' }] });
      return (await api.getSession('sess_1')).endReason;
    }`;
    expect(check(use('interpreter'))).toBe('');
    expect(() => check(use('emperor'))).toThrow(failure('"emperor"'));
  }, 60_000);

  it('has the types of the source', () => {
    const code = `
      import type * as Source from '${ROOT}/api-client/src/index.ts';
      import type * as Built from '@televisit/api-client';
      type Id = Source.OperationId;
      type Same<A, B> = [A, B] extends [B, A] ? true : false;
      type SourceParts<K extends Id> = [Source.RequestOf<K>, Source.ResponseOf<K>, Source.FiltersOf<K>, Source.OptionsOf<K>];
      type BuiltParts<K extends Id> = [Built.RequestOf<K>, Built.ResponseOf<K>, Built.FiltersOf<K>, Built.OptionsOf<K>];
      type SourceCall<K extends Id> = [Parameters<Source.TelevisitApi[K]>, ReturnType<Source.TelevisitApi[K]>];
      type BuiltCall<K extends Id> = [Parameters<Built.TelevisitApi[K]>, ReturnType<Built.TelevisitApi[K]>];
      type Different = { [K in Id]:
        Same<[SourceParts<K>, SourceCall<K>], [BuiltParts<K>, BuiltCall<K>]> extends true ? never : K }[Id];
      export const differences: Same<Different, never> = true;
      export const names: Same<keyof Source.TelevisitApi, keyof Built.TelevisitApi> = true;`;
    writeFileSync(join(folder, 'same.mts'), code);
    const compilerOptions = { typeRoots: [join(ROOT, 'node_modules/@types')] };
    const base = join(ROOT, 'api-client/tsconfig.json');
    const config = { extends: base, compilerOptions, files: ['same.mts'], include: [] };
    writeFileSync(join(folder, 'same.json'), JSON.stringify(config));
    expect(run(TSC, '-p', 'same.json')).toBe('');
  }, 60_000);
});

describe('the package built from a contract with another feature', () => {
  const repository = join(folder, 'repository');
  const built = join(folder, 'node_modules/@televisit/api-client');
  beforeAll(() => {
    mkdirSync(join(repository, 'node_modules/@televisit'), { recursive: true });
    for (const name of ['shared', 'api-client', 'tsconfig.base.json', 'package.json', '.prettierrc.json']) {
      cpSync(join(ROOT, name), join(repository, name), {
        recursive: true,
        filter: (path) => !/(node_modules|dist)$/.test(path),
      });
    }
    symlinkSync(join(repository, 'shared'), join(repository, 'node_modules/@televisit/shared'));
    for (const name of ['@types', 'prettier', 'typescript', 'undici-types', 'vitest', 'zod']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(repository, 'node_modules', name));
    }
    const features = join(repository, 'shared/src/features');
    writeFileSync(join(features, 'surveys.ts'), POLLS);
    const index = readFileSync(join(features, 'index.ts'), 'utf8');
    writeFileSync(
      join(features, 'index.ts'),
      `import { surveys } from './surveys.ts';\n${index.replace('FEATURES = [', 'FEATURES = [surveys, ')}`,
    );
    run(join(repository, 'api-client/build.mjs'), built);
  }, 60_000);

  it('has a typed and documented method for its operation', () => {
    const code = `import type { ResponseOf } from '@televisit/api-client';
    type Survey = ResponseOf<'listSurveys'>['surveys'][number];
    export async function use(api: TelevisitApi): Promise<Survey[]> {
      // @ts-expect-error: the contract has no such filter.
      await api.listSurveys('sess_1', { closed: true });
      const survey: Survey = { question: 'Why?' };
      return [survey, ...(await api.listSurveys('sess_1', { open: true })).surveys];
    }`;
    expect(check(code)).toBe('');
    expect(readFileSync(join(built, 'operations.d.ts'), 'utf8')).toContain(
      `/** List the surveys of a visit. */\n  listSurveys(sessionId: string, options?: OptionsOf<'listSurveys'>)`,
    );
  }, 60_000);

  it('calls its operation', () => {
    const code = `import { TelevisitApi } from '@televisit/api-client';
      const fetch = (url) => (console.log(url), Promise.resolve(Response.json({ surveys: [] })));
      const api = new TelevisitApi({ baseUrl: 'http://x.test', secret: 'x', fetch });
      console.log(JSON.stringify(await api.listSurveys('sess_1', { open: true })));`;
    writeFileSync(join(folder, 'survey.mjs'), code);
    expect(run('survey.mjs')).toBe('http://x.test/api/v1/sessions/sess_1/surveys?open=1\n{"surveys":[]}\n');
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { buildFerret, ferretPath, ferretRuns } from './mongo-build.mjs';
import { ensureMongo, mongoEnv } from './mongo.mjs';

/** Exits like FerretDB without an address. */
const FAKE_FERRET = '#!/bin/sh\nexit 64\n';
const BROKEN = '#!/bin/sh\nexit 127\n';
const PATCH = { file: 'vendor/patched.go', from: 'len == 1', to: 'len > 0' };
const RECIPE = 'module x\n\ngo 1.24\n\nrequire github.com/FerretDB/FerretDB v1.24.2\n';
const BUILDING = /building FerretDB/;
const SKIPPED = /NO MONGODB: .* SKIPPED/;

/** FerretDB's sources, unpatched. */
const VENDOR = `/bin/mkdir vendor && echo 'if len == 1 {' > ${PATCH.file}`;

/**
 * Creates a Go of this version; its `build` runs `build`, with the target in `$out`, and its `mod vendor` runs
 * `vendor`.
 */
function fakeGo(build: string, version = 'go1.26.8', vendor = VENDOR): string {
  return `#!/bin/sh
case $1 in
  version) echo "go version ${version} linux/amd64" ;;
  mod) ${vendor} ;;
  build)
    echo "$PWD $GOTOOLCHAIN $GOFLAGS $*" > "$0.called"
    echo "$(/bin/cat ${PATCH.file})" >> "$0.called"
    while [ "$1" != -o ]; do shift; done
    out=$2
    ${build} ;;
esac
`;
}

/** A Go whose build works. */
const GO = fakeGo(`printf '#!/bin/sh\\nexit 64\\n' > "$out" && /bin/chmod 755 "$out"`);
const GO_WITHOUT_NETWORK = fakeGo('', undefined, 'echo "dial tcp: lookup failed" >&2; exit 1');
const GO_THAT_FAILS = fakeGo('echo "undefined: params" >&2; exit 1');

/** Creates a clone with the recipe, a cache of its own, and a PATH with only these commands. */
function clone(commands: Record<string, string> = {}) {
  const root = temporaryFolder({
    'scripts/ferretdb/go.mod': RECIPE,
    'scripts/ferretdb/main.go': 'package main',
    'scripts/ferretdb/patch.json': JSON.stringify(PATCH),
  });
  for (const [name, script] of Object.entries(commands)) write(join(root, 'bin', name), script);
  const env: NodeJS.ProcessEnv = { TELEVISIT_CACHE: join(root, 'cache'), PATH: join(root, 'bin') };
  return { root, env, cached: ferretPath(join(root, 'cache/televisit'), root) };
}

let said = '';
beforeEach(() => {
  said = '';
  const hear = (text: string | Uint8Array) => ((said += String(text)), true);
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(hear),
  );
  // `run` keeps its logs in the folder of the process's environment.
  vi.stubEnv('TELEVISIT_CACHE', temporaryFolder());
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  });
});

describe('ensureMongo', () => {
  it('ensureMongo prefers the server of TEST_MONGO_URI', async () => {
    const { root, env } = clone({ mongod: BROKEN, go: GO });
    const uri = 'mongodb://example.org/';
    expect(await ensureMongo({ ...env, TEST_MONGO_URI: uri }, root)).toEqual({ kind: 'uri', uri });
    expect(said).toBe('');
  });

  it('ensureMongo prefers a mongod in the PATH to a FerretDB', async () => {
    const { root, env, cached } = clone({ mongod: BROKEN, go: GO });
    write(cached, FAKE_FERRET);
    expect(await ensureMongo(env, root)).toEqual({ kind: 'mongod', file: join(root, 'bin/mongod') });
  });

  it.each(['MONGOD_BIN', 'FERRETDB_BIN'])(
    'ensureMongo takes the file of %s, and refuses a missing one',
    async (name) => {
      const { root, env } = clone();
      const file = write(join(root, 'mine'), FAKE_FERRET);
      const kind = name === 'MONGOD_BIN' ? 'mongod' : 'ferretdb';
      expect(await ensureMongo({ ...env, [name]: file }, root)).toEqual({ kind, file });
      const missing = ensureMongo({ ...env, [name]: join(root, 'none') }, root);
      await expect(missing).rejects.toThrow('not an executable file');
    },
  );

  it('ensureMongo takes a cached FerretDB without looking for Go', async () => {
    const { root, env, cached } = clone();
    write(cached, FAKE_FERRET);
    expect(await ensureMongo(env, root)).toEqual({ kind: 'ferretdb', file: cached });
    expect(said).toBe('');
  });

  it('ensureMongo builds FerretDB once, replacing a cached one that does not run', async () => {
    const { root, env, cached } = clone({ go: GO });
    write(cached, BROKEN);
    expect(await ensureMongo(env, root)).toEqual({ kind: 'ferretdb', file: cached });
    expect(said).toMatch(BUILDING);
    expect(readdirSync(dirname(cached)).filter((name) => name.includes('.build-'))).toEqual([]);
    said = '';
    await ensureMongo(env, root);
    expect(said).toBe('');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['without mongod and Go', {}, /neither mongod nor Go/],
    [
      'with a Go that is too old',
      { go: fakeGo('exit 0', 'go1.23.4') },
      /Go 1\.23 is too old; 1\.24 would do/,
    ],
    ['with a Go that does not run', { go: BROKEN }, /does not say its version/],
    ['without a network', { go: GO_WITHOUT_NETWORK }, /dial tcp: lookup failed[^]*The full log: /],
    ['when the build fails', { go: GO_THAT_FAILS }, /undefined: params[^]*The full log: /],
    ['when the build does not run here', { go: fakeGo(': > "$out"') }, /does not run on this machine/],
  ])('ensureMongo with %s prints that tests are skipped, and does not fail', async (_, commands, reason) => {
    const { root, env, cached } = clone(commands);
    expect(await ensureMongo(env, root)).toEqual({ kind: 'none' });
    expect(said).toMatch(SKIPPED);
    expect(said).toMatch(reason);
    expect(existsSync(cached)).toBe(false);
  });
});

describe('mongoEnv', () => {
  it('mongoEnv has one variable for each kind', () => {
    expect(mongoEnv({ kind: 'uri', uri: 'u' })).toEqual({ TEST_MONGO_URI: 'u' });
    expect(mongoEnv({ kind: 'mongod', file: 'f' })).toEqual({ MONGOD_BIN: 'f' });
    expect(mongoEnv({ kind: 'ferretdb', file: 'f' })).toEqual({ FERRETDB_BIN: 'f' });
    expect(mongoEnv({ kind: 'none' })).toEqual({});
  });
});

describe('buildFerret', () => {
  it('buildFerret builds the program and the patched FerretDB with the installed Go, whatever the user’s Go settings are', async () => {
    const { root, env, cached } = clone({ go: GO });
    const go = join(root, 'bin/go');
    write(join(dirname(cached), 'some-file'), '');
    await buildFerret(go, cached, { ...env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'auto' }, root);
    expect(ferretRuns(cached)).toBe(true);
    expect(readFileSync(`${go}.called`, 'utf8')).toMatch(/local -mod=vendor build [^]*if len > 0 {/);
    expect(existsSync(join(root, 'scripts/ferretdb/vendor'))).toBe(false);
  });

  it('buildFerret refuses a FerretDB that the patch does not fit', async () => {
    const { root, env, cached } = clone({ go: GO });
    write(join(root, 'scripts/ferretdb/patch.json'), JSON.stringify({ ...PATCH, from: 'len == 2' }));
    write(join(dirname(cached), 'some-file'), '');
    const building = buildFerret(join(root, 'bin/go'), cached, env, root);
    await expect(building).rejects.toThrow('scripts/ferretdb/patch.json does not fit this FerretDB');
    expect(existsSync(cached)).toBe(false);
  });
});

describe('ferretPath', () => {
  it('ferretPath contains FerretDB’s version, and differs for another recipe', () => {
    const { root } = clone();
    const before = ferretPath('/c', root);
    expect(before).toMatch(/^\/c\/ferretdb-1\.24\.2-\w+-\w+-[0-9a-f]{12}$/);
    write(join(root, 'scripts/ferretdb/main.go'), 'package main // changed');
    expect(ferretPath('/c', root)).not.toBe(before);
  });
});

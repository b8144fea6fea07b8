import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { ensureS3Server, s3ServerEnv, s3ServerPath } from './s3-server.mjs';

const FAKE_SERVER = '#!/bin/sh\nexit 0\n';
const BROKEN = '#!/bin/sh\nexit 127\n';
const GO_MOD = 'module x\n\ngo 1.25.0\n\nrequire github.com/versity/versitygw v1.8.0\n';
const BUILDING = /building versitygw/;
const SKIPPED = /NO S3 SERVER: .* SKIPPED/;

/** Creates a Go of this version; its `build` runs `build`, with the target in `$out`. */
function fakeGo(build: string, version = 'go1.26.8'): string {
  return `#!/bin/sh
if [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit; fi
echo "$GOTOOLCHAIN $GOFLAGS $*" > "$0.called"
while [ "$1" != -o ]; do shift; done
out=$2
${build}
`;
}

/** A Go whose build works. */
const GO = fakeGo(
  `/bin/cat go.mod > /dev/null && printf '#!/bin/sh\\nexit 0\\n' > "$out" && /bin/chmod 755 "$out"`,
);

/** Creates a clone with the recipe, a cache of its own, and a PATH with only these commands. */
function clone(commands: Record<string, string> = {}) {
  const root = temporaryFolder({ 'scripts/versitygw/go.mod': GO_MOD, 'scripts/versitygw/go.sum': '' });
  for (const [name, script] of Object.entries(commands)) write(join(root, 'bin', name), script);
  const env: NodeJS.ProcessEnv = { TELEVISIT_CACHE: join(root, 'cache'), PATH: join(root, 'bin') };
  return { root, env, cached: s3ServerPath(join(root, 'cache/televisit'), root) };
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

describe('ensureS3Server', () => {
  it('ensureS3Server takes the file of VERSITYGW_BIN, and refuses a missing one', async () => {
    const { root, env } = clone({ go: GO });
    const file = write(join(root, 'mine'), FAKE_SERVER);
    expect(await ensureS3Server({ ...env, VERSITYGW_BIN: file }, root)).toBe(file);
    const missing = ensureS3Server({ ...env, VERSITYGW_BIN: join(root, 'none') }, root);
    await expect(missing).rejects.toThrow('not an executable file');
  });

  it('ensureS3Server takes a cached one without looking for Go', async () => {
    const { root, env, cached } = clone();
    write(cached, FAKE_SERVER);
    expect(await ensureS3Server(env, root)).toBe(cached);
    expect(said).toBe('');
  });

  it('ensureS3Server builds it once with the installed Go, replacing a cached one that does not run', async () => {
    const { root, env, cached } = clone({ go: GO });
    write(cached, BROKEN);
    expect(await ensureS3Server({ ...env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'auto' }, root)).toBe(cached);
    expect(said).toMatch(BUILDING);
    expect(readFileSync(join(root, 'bin/go.called'), 'utf8')).toMatch(/^local -mod=readonly build /);
    expect(readdirSync(dirname(cached)).filter((name) => name.includes('.build-'))).toEqual([]);
    said = '';
    await ensureS3Server(env, root);
    expect(said).toBe('');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['without Go', {}, /Go is not in the PATH/],
    [
      'with a Go that is too old',
      { go: fakeGo('exit 0', 'go1.24.4') },
      /Go 1\.24 is too old; 1\.25 would do/,
    ],
    ['with a Go that does not run', { go: BROKEN }, /does not say its version/],
    [
      'when the build fails',
      { go: fakeGo('echo "dial tcp: lookup failed" >&2; exit 1') },
      /dial tcp: lookup failed[^]*The full log: /,
    ],
    ['when the build does not run here', { go: fakeGo(': > "$out"') }, /does not run on this machine/],
  ])('ensureS3Server %s prints that tests are skipped, and does not fail', async (_, commands, reason) => {
    const { root, env, cached } = clone(commands);
    expect(await ensureS3Server(env, root)).toBeUndefined();
    expect(said).toMatch(SKIPPED);
    expect(said).toMatch(reason);
    expect(existsSync(cached)).toBe(false);
  });
});

describe('s3ServerEnv', () => {
  it('s3ServerEnv names the file, if there is one', () => {
    expect(s3ServerEnv('f')).toEqual({ VERSITYGW_BIN: 'f' });
    expect(s3ServerEnv(undefined)).toEqual({});
  });
});

describe('s3ServerPath', () => {
  it('s3ServerPath contains the version, and differs for another recipe', () => {
    const { root } = clone();
    const before = s3ServerPath('/c', root);
    expect(before).toMatch(/^\/c\/versitygw-1\.8\.0-\w+-\w+-[0-9a-f]{12}$/);
    write(join(root, 'scripts/versitygw/go.sum'), 'changed');
    expect(s3ServerPath('/c', root)).not.toBe(before);
  });
});

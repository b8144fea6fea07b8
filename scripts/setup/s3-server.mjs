import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './digest.mjs';
import { ensureGoTool, goEnv } from './go.mjs';
import { givenExecutable, isExecutable } from './packages.mjs';
import { cacheFolder, ROOT } from './paths.mjs';
import { run, withTemporary } from './run.mjs';
import { note, SetupError } from './step.mjs';

/** A Go module that pins versitygw and all that it consists of, by version and digest. */
const RECIPE = 'scripts/versitygw';
const PACKAGE = 'github.com/versity/versitygw/cmd/versitygw';

/**
 * Finds versitygw, the S3 server of the tests, in this order: the file of VERSITYGW_BIN, a cached one, one built here with Go.
 * If there is none it prints a line, and the tests that need it are skipped: the product runs without.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} its path
 */
export async function ensureS3Server(env = process.env, root = ROOT) {
  const target = s3ServerPath(cacheFolder(env), root);
  return (
    givenExecutable('VERSITYGW_BIN', env) ??
    ensureGoTool(
      {
        name: 'versitygw',
        target,
        goMod: goMod(root),
        title: 'building versitygw, the S3 server of the tests (a few minutes, once)',
        noGo: 'Go is not in the PATH',
        runs,
        build: (go) => build(go, target, env, root),
        without,
      },
      env,
    )
  );
}

/**
 * Returns the environment that tells the tests about it.
 * @param {string | undefined} file
 * @returns {NodeJS.ProcessEnv}
 */
export function s3ServerEnv(file) {
  return file ? { VERSITYGW_BIN: file } : {};
}

/**
 * Returns the path of the binary in the cache. It is linked statically and does not depend on the distribution.
 * @param {string} folder
 */
export function s3ServerPath(folder, root = ROOT) {
  const version = /versity\/versitygw v(\S+)/.exec(goMod(root))?.[1] ?? 'unknown';
  const recipe = digest(root, [RECIPE]).slice(0, 12);
  return join(folder, `versitygw-${version}-${process.platform}-${process.arch}-${recipe}`);
}

/**
 * `target` appears only if it runs here.
 * @param {string} go
 * @param {string} target
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 */
async function build(go, target, env, root) {
  await withTemporary(`${target}.build-${process.pid}`, async (folder) => {
    const file = join(folder, 'versitygw');
    const source = join(folder, 'source');
    cpSync(join(root, RECIPE), source, { recursive: true });
    await run(go, ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', file, PACKAGE], {
      cwd: source,
      log: 'versitygw-build',
      failure: 'versitygw could not be built.',
      env: goEnv(env, '-mod=readonly'),
    });
    if (!runs(file)) throw new SetupError('versitygw was built, but does not run on this machine.');
    renameSync(file, target);
  });
}

/** @param {string} file */
function runs(file) {
  return (
    isExecutable(file) && spawnSync(file, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0
  );
}

/** @param {string} why @returns {undefined} */
function without(why) {
  note(`NO S3 SERVER: the tests of recordings in S3 are SKIPPED. ${why}`);
  note('install Go, or name a versitygw for the tests in VERSITYGW_BIN');
}

/** @param {string} root */
function goMod(root) {
  return readFileSync(join(root, RECIPE, 'go.mod'), 'utf8');
}

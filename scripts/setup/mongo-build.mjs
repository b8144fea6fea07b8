import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './digest.mjs';
import { goEnv } from './go.mjs';
import { isExecutable } from './packages.mjs';
import { ROOT } from './paths.mjs';
import { run, withTemporary } from './run.mjs';
import { SetupError } from './step.mjs';

/**
 * The program around FerretDB. Its go.mod has the versions of FerretDB and Go, its patch.json what is changed in
 * FerretDB.
 */
export const RECIPE = 'scripts/ferretdb';

/** Exit code of the program when it runs without an address (`main.go`). */
const RUNS_EXIT_CODE = 64;

/**
 * Returns the path of the binary in the cache. It is linked statically and does not depend on the distribution.
 * @param {string} folder
 */
export function ferretPath(folder, root = ROOT) {
  const recipe = digest(root, [RECIPE]).slice(0, 12);
  return join(folder, `ferretdb-${ferretVersion(root)}-${process.platform}-${process.arch}-${recipe}`);
}

/**
 * Builds FerretDB. `target` appears only if it runs here.
 * @param {string} go
 * @param {string} target
 * @param {NodeJS.ProcessEnv} env
 */
export async function buildFerret(go, target, env = process.env, root = ROOT) {
  await withTemporary(`${target}.build-${process.pid}`, async (folder) => {
    const file = join(folder, 'ferretdb');
    const source = join(folder, 'source');
    cpSync(join(root, RECIPE), source, { recursive: true });
    const options = { cwd: source, log: 'ferretdb-build', failure: 'FerretDB could not be built.' };
    await run(go, ['mod', 'vendor'], { ...options, env: goEnv(env) });
    patch(source);
    const args = ['build', '-trimpath', '-buildvcs=false', '-tags=ferretdb_no_postgresql', '-ldflags=-s -w'];
    await run(go, [...args, '-o', file, '.'], { ...options, append: true, env: goEnv(env, '-mod=vendor') });
    if (!ferretRuns(file)) throw new SetupError('FerretDB was built, but does not run on this machine.');
    renameSync(file, target);
  });
}

/** Patches the sources. @param {string} source */
function patch(source) {
  const { file, from, to } = JSON.parse(readFileSync(join(source, 'patch.json'), 'utf8'));
  const before = readFileSync(join(source, file), 'utf8');
  if (!before.includes(from)) throw new SetupError(`${RECIPE}/patch.json does not fit this FerretDB.`);
  writeFileSync(join(source, file), before.replaceAll(from, to));
}

/** @param {string} file */
export function ferretRuns(file) {
  return (
    isExecutable(file) && spawnSync(file, [], { stdio: 'ignore', timeout: 5_000 }).status === RUNS_EXIT_CODE
  );
}

/** @param {string} root */
function ferretVersion(root) {
  return /FerretDB v(\S+)/.exec(recipeFile(root))?.[1] ?? 'unknown';
}

/** Returns the text of the recipe's go.mod. */
export function recipeFile(root = ROOT) {
  return readFileSync(join(root, RECIPE, 'go.mod'), 'utf8');
}

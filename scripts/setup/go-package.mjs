import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './digest.mjs';
import { ensureGoTool, goEnv } from './go.mjs';
import { givenExecutable, isExecutable } from './packages.mjs';
import { cacheFolder, ROOT } from './paths.mjs';
import { run, withTemporary } from './run.mjs';
import { SetupError } from './step.mjs';

/**
 * A program that is built from a released Go package as it is.
 * @typedef {object} GoPackage
 * @property {string} name
 * @property {string} recipe a Go module that pins the package and all that it consists of, by version and digest
 * @property {string} path of the package
 * @property {RegExp} version finds the version in the recipe's go.mod
 * @property {string[]} probe the arguments with which it exits with 0
 * @property {string} variable the environment variable that names another program to use
 * @property {string} title what the set-up prints while it builds
 * @property {(why: string) => undefined} without reports that there is none
 */

/**
 * Finds the program in this order: the file of its variable, a cached one, one built here with Go.
 * @param {GoPackage} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} its path
 */
export async function ensureGoPackage(program, env = process.env, root = ROOT) {
  const { name, variable, title, without } = program;
  const target = goPackagePath(program, cacheFolder(env), root);
  return (
    givenExecutable(variable, env) ??
    ensureGoTool(
      {
        name,
        target,
        goMod: goMod(program, root),
        title,
        noGo: 'Go is not in the PATH',
        runs: (file) => runs(program, file),
        build: (go) => build(program, go, target, env, root),
        without,
      },
      env,
    )
  );
}

/**
 * Returns the path of the binary in the cache. It is linked statically and does not depend on the distribution.
 * @param {GoPackage} program
 * @param {string} folder
 */
export function goPackagePath(program, folder, root = ROOT) {
  const version = program.version.exec(goMod(program, root))?.[1] ?? 'unknown';
  const recipe = digest(root, [program.recipe]).slice(0, 12);
  return join(folder, `${program.name}-${version}-${process.platform}-${process.arch}-${recipe}`);
}

/**
 * `target` appears only if it runs here.
 * @param {GoPackage} program
 * @param {string} go
 * @param {string} target
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 */
async function build(program, go, target, env, root) {
  const { name, recipe, path } = program;
  await withTemporary(`${target}.build-${process.pid}`, async (folder) => {
    const file = join(folder, name);
    const source = join(folder, 'source');
    cpSync(join(root, recipe), source, { recursive: true });
    await run(go, ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', file, path], {
      cwd: source,
      log: `${name}-build`,
      failure: `${name} could not be built.`,
      env: goEnv(env, '-mod=readonly'),
    });
    if (!runs(program, file)) {
      throw new SetupError(`${name} was built, but does not run on this machine.`);
    }
    renameSync(file, target);
  });
}

/** @param {GoPackage} program @param {string} file */
function runs({ probe }, file) {
  return isExecutable(file) && spawnSync(file, probe, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** @param {GoPackage} program @param {string} root */
function goMod({ recipe }, root) {
  return readFileSync(join(root, recipe, 'go.mod'), 'utf8');
}

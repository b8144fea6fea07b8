import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { findCommand } from './packages.mjs';
import { cacheFolder } from './paths.mjs';
import { SetupError, step, tail } from './step.mjs';

/**
 * A program of the tests that is built with Go.
 * @typedef {object} GoTool
 * @property {string} name
 * @property {string} target the path at which it is, or will be
 * @property {string} goMod the text of its go.mod
 * @property {string} title what the set-up prints while it builds
 * @property {string} noGo why there is none if there is no Go
 * @property {(file: string) => boolean} runs
 * @property {(go: string) => Promise<void>} build creates `target`
 * @property {(why: string) => undefined} without reports that there is none
 */

/**
 * Builds a program with Go unless it is there. If that fails, it is reported and there is none.
 * @param {GoTool} tool
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} its path
 */
export async function ensureGoTool({ name, target, goMod, title, noGo, runs, build, without }, env) {
  if (runs(target)) return target;
  const go = findCommand(['go'], env);
  const problem = go ? goProblem(go, goMod, env) : noGo;
  if (!go || problem) return without(problem ?? '');
  mkdirSync(dirname(target), { recursive: true });
  try {
    await withLock(
      name,
      async () => {
        if (!runs(target)) await step(title, () => build(go));
      },
      join(cacheFolder(env), 'locks'),
    );
    return target;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (error.log) process.stderr.write(`${tail(error.log, 5)}\n`);
    return without(error.log ? `${error.message} The full log: ${error.log}` : error.message);
  }
}

/**
 * Returns why this Go cannot build a module, if it cannot.
 * @param {string} go
 * @param {string} goMod the text of the module's go.mod, which has the oldest Go that would do
 * @param {NodeJS.ProcessEnv} env
 */
export function goProblem(go, goMod, env = process.env) {
  const wanted = /^go (\d+)\.(\d+)/m.exec(goMod);
  // Outside any Go module: an old Go inside a newer module fails before it prints its version.
  const answer = spawnSync(go, ['version'], { cwd: '/', env: goEnv(env), encoding: 'utf8', timeout: 20_000 });
  const present = /\bgo(\d+)\.(\d+)/.exec(answer.stdout ?? '');
  if (!wanted || !present) return `${go} does not say its version`;
  const [major, minor] = [Number(present[1]), Number(present[2])];
  const [wantedMajor, wantedMinor] = [Number(wanted[1]), Number(wanted[2])];
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return isNew ? undefined : `Go ${major}.${minor} is too old; ${wantedMajor}.${wantedMinor} would do`;
}

/**
 * Makes a build independent of the user's Go settings, and prevents the download of another Go.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function goEnv(env, flags = '') {
  return { ...env, GOTOOLCHAIN: 'local', GOFLAGS: flags, GOWORK: 'off', CGO_ENABLED: '0' };
}

import { spawnSync } from 'node:child_process';

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

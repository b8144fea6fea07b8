import { ensureGoPackage, goPackagePath } from './go-package.mjs';
import { ROOT } from './paths.mjs';
import { note } from './step.mjs';

/** @type {import('./go-package.mjs').GoPackage} */
const VERSITYGW = {
  name: 'versitygw',
  recipe: 'scripts/versitygw',
  path: 'github.com/versity/versitygw/cmd/versitygw',
  version: /versity\/versitygw v(\S+)/,
  probe: ['--version'],
  variable: 'VERSITYGW_BIN',
  title: 'building versitygw, the S3 server of the tests (a few minutes, once)',
  without,
};

/**
 * Finds or builds versitygw, the S3 server of the tests. If there is none it prints a line, and the tests that need it are
 * skipped: the product runs without.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} its path
 */
export function ensureS3Server(env = process.env, root = ROOT) {
  return ensureGoPackage(VERSITYGW, env, root);
}

/**
 * Returns the environment that tells the tests about it.
 * @param {string | undefined} file
 * @returns {NodeJS.ProcessEnv}
 */
export function s3ServerEnv(file) {
  return file ? { VERSITYGW_BIN: file } : {};
}

/** @param {string} folder the cache */
export function s3ServerPath(folder, root = ROOT) {
  return goPackagePath(VERSITYGW, folder, root);
}

/** @param {string} why @returns {undefined} */
function without(why) {
  note(`NO S3 SERVER: the tests of recordings in S3 are SKIPPED. ${why}`);
  note('install Go, or name a versitygw for the tests in VERSITYGW_BIN');
}

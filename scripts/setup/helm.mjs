import { ensureGoPackage, goPackagePath } from './go-package.mjs';
import { ROOT } from './paths.mjs';
import { note } from './step.mjs';

/** @type {import('./go-package.mjs').GoPackage} */
const HELM = {
  name: 'helm',
  recipe: 'scripts/helm',
  path: 'helm.sh/helm/v3/cmd/helm',
  version: /helm\.sh\/helm\/v3 v(\S+)/,
  probe: ['version'],
  variable: 'HELM_BIN',
  title: 'building Helm for the tests of the chart (a few minutes, once)',
  without,
};

/**
 * Finds or builds Helm, which renders the chart of `deploy/helm` in tests. If there is none it prints a line, and these tests
 * are skipped.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NodeJS.ProcessEnv>} the environment that tells the tests about it
 */
export async function ensureHelm(env = process.env, root = ROOT) {
  const file = await ensureGoPackage(HELM, env, root);
  return file ? { HELM_BIN: file } : {};
}

/** @param {string} folder the cache */
export function helmPath(folder, root = ROOT) {
  return goPackagePath(HELM, folder, root);
}

/** @param {string} why @returns {undefined} */
function without(why) {
  note(`NO HELM: the tests of the Helm chart are SKIPPED. ${why}`);
  note('install Go, or name a Helm for the tests in HELM_BIN');
}

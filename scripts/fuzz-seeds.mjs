import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testsOf } from './test-summary.mjs';

/** The recorded seeds, which `npm test` replays (test/support/arbitraries/property-seeds.ts). */
export const SEED_FILE = 'test/fuzz-seeds.json';

/** @typedef {{ file: string, test: string, seed: number }} FailedSeed */

/**
 * Lists the tests of Vitest's JSON report whose property failed, with the seed that fast-check names in its message.
 * @param {any} report undefined if Vitest wrote none
 * @param {string} root the repository
 * @returns {FailedSeed[]}
 */
export function failedSeeds(report, root) {
  return testsOf(report, root).flatMap(({ file, test, status, failureMessages }) => {
    const seed = failureMessages.map((message) => /\{ seed: (-?\d+)/.exec(message)?.[1]).find(Boolean);
    return status === 'failed' && seed !== undefined ? [{ file, test, seed: Number(seed) }] : [];
  });
}

/** @param {string} root the repository @returns {FailedSeed[]} */
export function readSeeds(root) {
  return JSON.parse(readFileSync(join(root, SEED_FILE), 'utf8'));
}

/**
 * Adds seeds to the recorded ones, each once.
 * @param {string} root the repository
 * @param {readonly FailedSeed[]} seeds
 */
export function recordSeeds(root, seeds) {
  const known = readSeeds(root);
  const fresh = seeds.filter((one) => !known.some((other) => JSON.stringify(other) === JSON.stringify(one)));
  writeFileSync(join(root, SEED_FILE), `${JSON.stringify([...known, ...fresh], null, 2)}\n`);
}

/**
 * Selects the test files with fast-check properties: those that import fast-check, or a module of this repository that does.
 * @param {readonly string[]} files paths of test files
 * @param {(file: string) => string | undefined} read returns a file's text, undefined if there is none
 */
export function propertyTests(files, read) {
  const importsFastCheck = (/** @type {string | undefined} */ text) =>
    text?.includes("from 'fast-check'") ?? false;
  return files.filter((file) => {
    const text = read(file) ?? '';
    const modules = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path));
    return importsFastCheck(text) || modules.some((module) => importsFastCheck(read(module)));
  });
}

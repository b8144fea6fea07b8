import { ensureGoTool } from './go.mjs';
import { buildFerret, ferretPath, ferretRuns, recipeFile } from './mongo-build.mjs';
import { findCommand, givenExecutable } from './packages.mjs';
import { cacheFolder, ROOT } from './paths.mjs';
import { note } from './step.mjs';

/**
 * The MongoDB of the tests: a running server, a program to start, or none.
 * @typedef {{ kind: 'uri', uri: string } | { kind: 'mongod' | 'ferretdb', file: string } | { kind: 'none' }} Mongo
 */

/**
 * Finds a MongoDB for the tests, in this order: the server of TEST_MONGO_URI, the mongod of MONGOD_BIN or the PATH, the
 * FerretDB of FERRETDB_BIN, a cached one, one built here with Go. If there is none it prints a line, and the tests that
 * need it are skipped: the product runs without.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Mongo>}
 */
export async function ensureMongo(env = process.env, root = ROOT) {
  const uri = env['TEST_MONGO_URI'];
  if (uri) return { kind: 'uri', uri };
  const mongod = givenExecutable('MONGOD_BIN', env) ?? findCommand(['mongod'], env);
  if (mongod) return { kind: 'mongod', file: mongod };
  const ferret = givenExecutable('FERRETDB_BIN', env) ?? (await ensureFerret(env, root));
  return ferret ? { kind: 'ferretdb', file: ferret } : { kind: 'none' };
}

/**
 * Returns the environment that tells the tests about it.
 * @param {Mongo} mongo
 * @returns {NodeJS.ProcessEnv}
 */
export function mongoEnv(mongo) {
  switch (mongo.kind) {
    case 'uri':
      return { TEST_MONGO_URI: mongo.uri };
    case 'mongod':
      return { MONGOD_BIN: mongo.file };
    case 'ferretdb':
      return { FERRETDB_BIN: mongo.file };
    case 'none':
      return {};
  }
}

/** @param {NodeJS.ProcessEnv} env @param {string} root */
function ensureFerret(env, root) {
  const target = ferretPath(cacheFolder(env), root);
  return ensureGoTool(
    {
      name: 'ferretdb',
      target,
      goMod: recipeFile(root),
      title: 'building FerretDB, the MongoDB of the tests (two minutes, once)',
      noGo: 'neither mongod nor Go is in the PATH',
      runs: ferretRuns,
      build: (go) => buildFerret(go, target, env, root),
      without,
    },
    env,
  );
}

/** @param {string} why @returns {undefined} */
function without(why) {
  note(`NO MONGODB: the tests of the MongoDB store are SKIPPED. ${why}`);
  note('install mongod or Go, or name a server for the tests in TEST_MONGO_URI');
}

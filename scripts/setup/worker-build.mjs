import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { BINARY, buildCommands, EDITS, PRECOMPILED } from '../mediasoup-worker/recipe.mjs';
import { ROOT } from './paths.mjs';
import { run, withTemporary } from './run.mjs';
import { SetupError } from './step.mjs';

export const RECIPE = 'scripts/mediasoup-worker';

/** Memory that a compiler of the worker's larger files needs, in bytes. */
const MEMORY_PER_JOB = 1.2e9;

/**
 * Builds the worker from the npm package's sources. `target` appears only when the build is complete.
 * @param {string} packageFolder node_modules/mediasoup
 * @param {string} target
 */
export async function buildWorker(packageFolder, target) {
  await withTemporary(`${target}.build-${process.pid}`, async (folder) => {
    prepareSources(packageFolder, folder);
    let first = true;
    for (const [command = '', ...args] of buildCommands(jobs(availableParallelism(), totalmem()))) {
      await run(command, args, {
        cwd: folder,
        log: 'mediasoup-worker-build',
        append: !first,
        failure: 'The mediasoup worker could not be built.',
      });
      first = false;
    }
    copyFileSync(join(folder, BINARY), target);
  });
}

/**
 * Copies the sources, makes them use the system's libraries, and adds the precompiled header.
 * @param {string} packageFolder
 * @param {string} folder
 */
export function prepareSources(packageFolder, folder) {
  cpSync(join(packageFolder, 'worker'), folder, { recursive: true });
  const subprojects = join(folder, 'subprojects');
  // The wrap files say what to download; without them Meson uses the overlay.
  for (const name of readdirSync(subprojects)) {
    if (name.endsWith('.wrap')) rmSync(join(subprojects, name));
  }
  cpSync(join(ROOT, RECIPE, 'overlay'), subprojects, { recursive: true });
  for (const path of PRECOMPILED) cpSync(join(ROOT, RECIPE, 'prelude.hpp'), join(folder, path));
  for (const { file, find, replace } of EDITS) {
    const path = join(folder, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (!text.includes(find)) {
      throw new SetupError(
        `mediasoup's ${file} no longer contains "${find}"; check ${RECIPE}/recipe.mjs for this version of mediasoup.`,
      );
    }
    writeFileSync(path, text.replaceAll(find, replace));
  }
}

/**
 * Returns the number of parallel compilers: one per core, limited by memory.
 * @param {number} cores
 * @param {number} memory in bytes
 */
export function jobs(cores, memory) {
  return Math.max(1, Math.min(cores, Math.floor(memory / MEMORY_PER_JOB)));
}

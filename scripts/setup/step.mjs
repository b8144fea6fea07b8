import { readFileSync } from 'node:fs';

/** A failure whose message suffices; no stack is shown. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {{ log?: string }} [options] `log` is the file that holds what the failed command said.
   */
  constructor(message, options = {}) {
    super(message);
    this.name = 'SetupError';
    this.log = options.log;
  }
}

/**
 * Does one step of the set-up and says so on one line: what, and how long it took. A step that has nothing to do is
 * not called at all, so that a second run stays silent.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const started = Date.now();
  process.stdout.write(`set-up: ${what} ... `);
  try {
    const result = await work();
    process.stdout.write(`${duration(Date.now() - started)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`failed after ${duration(Date.now() - started)}\n`);
    throw error;
  }
}

/** Prints a line about something that is not a step. @param {string} text */
export function note(text) {
  process.stdout.write(`set-up: ${text}\n`);
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Returns the last lines of a log, where commands report why they failed. @param {string} file */
export function tail(file, lines = 25) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/**
 * Runs a script's `main`; a SetupError ends it with exit code 1, the tail of the log and the log's path.
 * @param {() => Promise<number>} main resolves with the exit code
 */
export async function runMain(main) {
  try {
    process.exit(await main());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const said = error.log ? tail(error.log) : '';
    if (said) process.stderr.write(`\n${said}\n`);
    process.stderr.write(`\n${error.message}\n`);
    if (error.log) process.stderr.write(`The full log: ${error.log}\n`);
    process.exit(1);
  }
}

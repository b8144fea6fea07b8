import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;
const PATIENCE_MS = 20_000;

/**
 * Resolves when a condition holds. @throws {Error} with the description if it does not hold within `patience`
 * milliseconds
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience = PATIENCE_MS,
): Promise<void> {
  const giveUp = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > giveUp) throw new Error(`Waited ${patience} ms in vain: ${what}.`);
    await pause(POLL_MS);
  }
}

/** Moved to `core`; import it from there. */
export * from '../core/clock.ts';

import { Histogram, type Registry } from 'prom-client';
import { wrapMethods } from '../core/wrapped-methods.ts';

/** In seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** The operations of the database. */
export class StoreMetrics {
  readonly #times;

  constructor(registers: Registry[]) {
    this.#times = new Histogram({
      name: 'televisit_store_seconds',
      help: 'Duration of operations of the database.',
      labelNames: ['operation', 'outcome'],
      buckets: BUCKETS,
      registers,
    });
  }

  /** Returns a store, with the stores that it contains, whose operations are measured. */
  timed<S extends object>(store: S): S {
    return wrapMethods(store, (operation, call) => {
      const from = performance.now();
      const result = call();
      if (result instanceof Promise) {
        const end = (outcome: 'ok' | 'failed') => () =>
          this.#times.observe({ operation, outcome }, (performance.now() - from) / 1000);
        result.then(end('ok'), end('failed'));
      }
      return result;
    });
  }
}

import { Histogram, type Registry } from 'prom-client';

/** In seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

type Method = (...args: unknown[]) => unknown;

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
  timed<S extends object>(store: S, prefix = ''): S {
    const known = new Map<string | symbol, unknown>();
    return new Proxy(store, {
      get: (target, name) => {
        if (!known.has(name)) {
          // With the store as receiver: a proxy has no private fields.
          const value: unknown = Reflect.get(target, name, target);
          const wrapped = this.#wrap(value, `${prefix}${String(name)}`, target);
          if (wrapped === value) return value;
          known.set(name, wrapped);
        }
        return known.get(name);
      },
    });
  }

  #wrap(value: unknown, operation: string, owner: object): unknown {
    if (typeof value === 'function') return this.#timedMethod(value.bind(owner) as Method, operation);
    return typeof value === 'object' && value !== null ? this.timed(value, `${operation}.`) : value;
  }

  #timedMethod(method: Method, operation: string): Method {
    return (...args) => {
      const from = performance.now();
      const result = method(...args);
      if (result instanceof Promise) {
        const end = (outcome: 'ok' | 'failed') => () =>
          this.#times.observe({ operation, outcome }, (performance.now() - from) / 1000);
        result.then(end('ok'), end('failed'));
      }
      return result;
    };
  }
}

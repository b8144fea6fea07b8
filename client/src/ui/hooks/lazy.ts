import { useEffect, useState } from 'preact/hooks';

/** Time between attempts to load a part of the page, in milliseconds. */
const RETRY_MS = 2_000;

/** A part of the page that is loaded when it is first needed. */
export class Lazy<T> {
  readonly #import: () => Promise<T>;
  #loading: Promise<T> | null = null;
  #value: T | null = null;

  constructor(load: () => Promise<T>) {
    this.#import = load;
  }

  /** Wraps a part that is loaded already. */
  static of<T>(value: T): Lazy<T> {
    const lazy = new Lazy(() => new Promise<T>((resolve) => resolve(value)));
    lazy.#value = value;
    return lazy;
  }

  /** The loaded part; null until then. */
  get value(): T | null {
    return this.#value;
  }

  /** Loads the part once. After a failure the next call tries again. */
  load(): Promise<T> {
    this.#loading ??= this.#import().then(
      (value) => (this.#value = value),
      (error: unknown) => {
        this.#loading = null;
        throw error;
      },
    );
    return this.#loading;
  }
}

/** Returns a part once it is loaded. Loads it as soon as `wanted`, and retries until it succeeds. */
export function useLazy<T>(part: Lazy<T>, wanted = true): T | null {
  const [, update] = useState<T | null>(null);
  useEffect(() => {
    if (!wanted || part.value !== null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let unmounted = false;
    const attempt = () => {
      part.load().then(
        (value) => {
          if (!unmounted) update(() => value);
        },
        () => {
          if (!unmounted) timer = setTimeout(attempt, RETRY_MS);
        },
      );
    };
    attempt();
    return () => {
      unmounted = true;
      clearTimeout(timer);
    };
  }, [part, wanted]);
  return part.value;
}

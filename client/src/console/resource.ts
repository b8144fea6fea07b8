import { useEffect, useMemo, useState } from 'preact/hooks';
import { ConsoleError, type Reading } from './api.ts';
import { useConsole } from './context.ts';
import type { Topic } from './live.ts';

/** What is known of something on the server. After a failed refresh the last data stay, with the problem. */
export interface Loaded<T> {
  readonly data: T | null;
  readonly problem: ConsoleError | null;
}

/** Shortest time between the beginnings of two reads, in milliseconds: events come in bursts. */
const GAP_MS = 1_000;

/** Something on the server that is read again when it may have changed. */
export class Resource<T> {
  readonly #read: (reading: Reading) => Promise<T>;
  readonly #onChange: (loaded: Loaded<T>) => void;
  readonly #now: () => number;
  readonly #abort = new AbortController();
  #loaded: Loaded<T> = { data: null, problem: null };
  #state: 'idle' | 'reading' | 'reading, then again' | 'waiting' = 'idle';
  #readAt = -Infinity;
  #isBackground = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param now the time in milliseconds */
  constructor(
    read: (reading: Reading) => Promise<T>,
    onChange: (loaded: Loaded<T>) => void,
    now: () => number,
  ) {
    this.#read = read;
    this.#onChange = onChange;
    this.#now = now;
  }

  get loaded(): Loaded<T> {
    return this.#loaded;
  }

  /**
   * Reads it, a second after the last time at the earliest; several calls meanwhile are one.
   * @param isBackground whether the page does so by itself
   */
  refresh(isBackground = false): void {
    this.#isBackground &&= isBackground;
    if (this.#state === 'reading') this.#state = 'reading, then again';
    if (this.#state !== 'idle' || this.#abort.signal.aborted) return;
    const wait = this.#readAt + GAP_MS - this.#now();
    if (wait <= 0) {
      void this.#load();
      return;
    }
    this.#state = 'waiting';
    this.#timer = setTimeout(() => void this.#load(), wait);
  }

  /** Replaces the data by what the server answered to a change. */
  set(data: T): void {
    this.#update({ data, problem: null });
  }

  /** Ends what is under way. */
  close(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #load(): Promise<void> {
    this.#state = 'reading';
    this.#readAt = this.#now();
    const reading = { signal: this.#abort.signal, isBackground: this.#isBackground };
    this.#isBackground = true;
    let next: Loaded<T>;
    try {
      next = { data: await this.#read(reading), problem: null };
    } catch (error) {
      next = { data: this.#loaded.data, problem: ConsoleError.from(error) };
    }
    const again = (this.#state as string) === 'reading, then again';
    this.#state = 'idle';
    this.#update(next);
    if (again) this.refresh(this.#isBackground);
  }

  #update(loaded: Loaded<T>): void {
    if (this.#abort.signal.aborted) return;
    this.#loaded = loaded;
    this.#onChange(loaded);
  }
}

/**
 * Reads something of the server, and again when one of the topics changes.
 * @param key identifies it: with another key, something else is read, and what was known is forgotten
 */
export function useResource<T>(
  key: string,
  topics: readonly Topic[],
  read: (reading: Reading) => Promise<T>,
): Loaded<T> & Pick<Resource<T>, 'refresh' | 'set'> {
  const { live } = useConsole();
  const [, update] = useState<Loaded<T> | null>(null);
  const resource = useMemo(() => new Resource(read, update, () => performance.now()), [key]);
  useEffect(() => {
    resource.refresh();
    const stop = live.on(topics, () => resource.refresh(true));
    return () => {
      stop();
      resource.close();
    };
  }, [resource]);
  return {
    ...resource.loaded,
    refresh: (isBackground) => resource.refresh(isBackground),
    set: (data) => resource.set(data),
  };
}

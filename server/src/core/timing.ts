import type { Clock } from './clock.ts';

/** A task that runs again and again. */
export interface Loop extends AsyncDisposable {
  /** Runs the task now instead of at the end of the interval. If it is running, it runs once more right after. */
  trigger(): void;
  /**
   * Ends the loop: aborts the signal of a running task and resolves when that task has finished. Idempotent. A task may call
   * it to make its run the last one, but must not await it.
   */
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** Whether the first run is now; otherwise it is after one interval. */
  readonly immediately?: boolean;
}

/**
 * Runs `task` every `ms` milliseconds until the loop is stopped. The interval begins when a run ends, so runs never overlap. A
 * failed run is reported to `onError`, and the loop continues. If `task` returns no promise, everything happens
 * synchronously.
 * @param task gets a signal that aborts when the loop is stopped, for a run that can end early
 */
export function every(
  clock: Clock,
  ms: number,
  task: (signal: AbortSignal) => void | Promise<void>,
  onError: (error: unknown) => void,
  { immediately = false }: LoopOptions = {},
): Loop {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | null = null;
  let isTriggered = false;
  let cancel: () => void = () => undefined;

  const run = (): void => {
    isTriggered = false;
    try {
      const result = task(signal);
      if (!result) {
        schedule();
        return;
      }
      running = result.catch(onError).finally(() => {
        running = null;
        schedule();
      });
    } catch (error) {
      onError(error);
      schedule();
    }
  };
  const schedule = (): void => {
    if (signal.aborted) return;
    if (isTriggered) run();
    else cancel = clock.after(ms, run);
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    cancel();
    await running;
  };

  if (immediately) run();
  else schedule();
  return {
    trigger: () => {
      if (signal.aborted) return;
      isTriggered = true;
      if (running) return;
      cancel();
      run();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Waits for `work`, but no longer than `ms` milliseconds. `work` itself is not cancelled.
 * @param onTimeout is called if `work` is still pending then; what it returns or throws is the outcome
 * @throws whatever `work` or `onTimeout` throws
 */
export async function withTimeout<T, F>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  onTimeout: () => F,
): Promise<T | F> {
  const timeout = Promise.withResolvers<F>();
  const cancel = clock.after(ms, () => {
    try {
      timeout.resolve(onTimeout());
    } catch (error) {
      timeout.reject(error);
    }
  });
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    cancel();
  }
}

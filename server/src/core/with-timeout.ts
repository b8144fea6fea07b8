import type { Clock } from './clock.ts';

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

import type { CheckResult } from '../providers/meeting-provider.ts';

/** What a check found out. A note is nothing that must change, but something that an operator should know. */
export type Finding = CheckResult & { readonly note?: boolean };

/** Something that a server depends on, with its checks. */
export interface Subject {
  readonly name: string;
  /** Never throws. An empty list: it is not configured. */
  check(): Promise<readonly Finding[]>;
}

/** A check failed: the message says what is wrong, without secrets. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  readonly remedy: string;

  constructor(detail: string, remedy: string, cause?: unknown) {
    super(detail, { cause });
    this.remedy = remedy;
  }
}

/** Returns a success; `note` for one that an operator should know about. */
export function passed(name: string, detail: string, note = false): Finding {
  return { name, ok: true, detail, ...(note ? { note } : {}) };
}

export function failed(name: string, detail: string, remedy: string): Finding {
  return { name, ok: false, detail, remedy };
}

/**
 * Runs one check.
 * @param remedy what to do if it throws anything but a `CheckFailure`, which has its own
 * @param run returns what it found out, in words
 */
export async function attempt(name: string, remedy: string, run: () => Promise<string>): Promise<Finding> {
  try {
    return passed(name, await run());
  } catch (error) {
    if (error instanceof CheckFailure) return failed(name, error.message, error.remedy);
    return failed(name, causeOf(error), remedy);
  }
}

/** Returns an error in words, without secrets: connection errors name host and port only. */
export function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return causeOf(error.errors[0]);
  const { code, message, cause } = error as NodeJS.ErrnoException;
  if (cause instanceof Error && message === 'fetch failed') return causeOf(cause);
  return code !== undefined && !message.includes(code) ? `${code}: ${message}` : message;
}

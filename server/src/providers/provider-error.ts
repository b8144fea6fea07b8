/**
 * What went wrong at a provider, by what to do about it:
 * `unavailable`: try again, or use another provider; `limited`: a rate or daily limit, try again after `retryAfterMs`;
 * `missing`: the provider does not have the meeting; `refused`: the provider rejects the request, and would again;
 * `misconfigured`: credentials, scopes or licences need the operator.
 */
export type ProviderErrorKind = 'unavailable' | 'limited' | 'missing' | 'refused' | 'misconfigured';

export interface ProviderErrorOptions {
  /** The provider's own code, for logs and the reason on the session; no names, tokens or addresses. */
  readonly code?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A call to a provider failed. The message is for logs: it has no names, tokens or addresses of people. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;
  readonly code: string | null;
  readonly retryAfterMs: number | null;

  constructor(kind: ProviderErrorKind, message: string, options: ProviderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = options.code ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  /** Whether the same call can succeed later without a change of the settings. */
  get isTemporary(): boolean {
    return this.kind === 'unavailable' || this.kind === 'limited';
  }
}

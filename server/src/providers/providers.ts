import { TelevisitError } from '@televisit/shared/errors';
import type { ProviderView } from '@televisit/shared/provider-operations';
import type { ProviderId } from '@televisit/shared/vocabulary';
import { isoOrNull, type Clock } from '../core/clock.ts';
import type { Carrier } from '../domain/lifecycle.ts';
import type { MeetingTraits } from '../domain/meeting.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { CheckResult, MeetingProvider } from './meeting-provider.ts';
import { ProviderError } from './provider-error.ts';

export interface ProvidersOptions {
  /** The configured providers. */
  readonly adapters: readonly MeetingProvider[];
  /** The providers of sessions that name none, in the order of fallback. */
  readonly order: readonly ProviderId[];
  readonly clock: Clock;
}

/** The deadline of one call with its retries, in milliseconds; shorter than the lease of a step. */
const CALL_MS = 12_000;
/** The deadline of a check, in milliseconds. */
const CHECK_MS = 4000;
/** For how long the result of a check counts, in milliseconds. */
const CHECK_COUNTS_MS = 10_000;
/** The interval at which a provider is asked who is in, if it does not report that itself, in milliseconds. */
const POLL_MS = 45_000;
/** When to try again if no provider says when it can be used, in milliseconds. */
const TRY_AGAIN_MS = 15_000;

interface Known {
  readonly adapter: MeetingProvider;
  readonly breaker: CircuitBreaker;
  checkedAt: number | null;
  checks: readonly CheckResult[];
  checking: Promise<void> | null;
}

/** The configured meeting providers: chooses one for a session, and keeps calls from those that do not answer. */
export class Providers {
  readonly #options: ProvidersOptions;
  readonly #known: ReadonlyMap<ProviderId, Known>;

  constructor(options: ProvidersOptions) {
    this.#options = options;
    this.#known = new Map(
      options.adapters.map((adapter) => [
        adapter.id,
        { adapter, breaker: new CircuitBreaker(options.clock), checkedAt: null, checks: [], checking: null },
      ]),
    );
  }

  /** Returns the adapter of a provider. @throws {TelevisitError} `provider_not_configured` */
  adapter(id: ProviderId): MeetingProvider {
    return this.#require(id).adapter;
  }

  has(id: ProviderId): boolean {
    return this.#known.has(id);
  }

  /** Whether the server can end a running meeting there; true if the provider is no longer configured, so that the call says so. */
  canEnd(id: ProviderId): boolean {
    return this.#known.get(id)?.adapter.capabilities.endMeeting ?? true;
  }

  /** Returns the properties of a provider that decide when its meetings need calls. */
  traits(id: ProviderId): MeetingTraits {
    const { created, liveAttendance, records } = this.adapter(id).capabilities;
    return {
      provider: id,
      early: created === 'booking',
      pollMs: liveAttendance === 'poll' ? POLL_MS : null,
      records,
    };
  }

  /**
   * Chooses the first available provider for a new session.
   * @param preferred the provider that the backend wants; the others stay fallbacks
   * @param excluded providers that turned out not to take the session
   * @throws {TelevisitError} `provider_not_configured`, `provider_unavailable`
   */
  async choose(preferred: ProviderId | null, excluded: readonly ProviderId[] = []): Promise<Carrier> {
    if (preferred !== null) this.#require(preferred);
    const order = [...new Set([...(preferred === null ? [] : [preferred]), ...this.#options.order])];
    for (const [place, id] of order.entries()) {
      if (excluded.includes(id) || !(await this.isAvailable(id))) continue;
      return {
        provider: id,
        providerReason: place === 0 ? null : `${order[0]}_unavailable`,
        fallbacks: order.slice(place + 1),
        meeting: id === 'sfu' ? null : this.traits(id),
      };
    }
    throw new TelevisitError('provider_unavailable', { retryAfter: this.#retryAfterSeconds(order) });
  }

  /** Returns the first available one of providers. */
  async firstAvailable(ids: readonly ProviderId[]): Promise<ProviderId | undefined> {
    for (const id of ids) if (this.has(id) && (await this.isAvailable(id))) return id;
    return undefined;
  }

  /** Whether a provider answers and accepts the credentials. Checks it unless that was done a moment ago. */
  async isAvailable(id: ProviderId): Promise<boolean> {
    // The SFU's own placement says whether there is room.
    if (id === 'sfu') return true;
    const known = this.#require(id);
    if (known.breaker.retryAfterMs() > 0) return false;
    if (this.#isStale(known)) await this.check(id);
    // The first check is that of address and credentials, without which nothing works.
    return known.checks[0]?.ok !== false;
  }

  /** Checks a provider now, or waits for the check under way. */
  async check(id: ProviderId): Promise<readonly CheckResult[]> {
    const known = this.#require(id);
    known.checking ??= this.#check(known).finally(() => {
      known.checking = null;
    });
    await known.checking;
    return known.checks;
  }

  /**
   * Calls a provider within a deadline.
   * @throws {ProviderError} of the call, or `unavailable` without a call if it has not answered for a while
   */
  async call<T>(
    id: ProviderId,
    work: (adapter: MeetingProvider, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const known = this.#known.get(id);
    if (!known)
      throw new ProviderError('misconfigured', `${id} is not configured`, { code: 'not_configured' });
    const { adapter, breaker } = known;
    if (!breaker.enter()) {
      const retryAfterMs = breaker.retryAfterMs();
      throw new ProviderError('unavailable', `${id} has not answered for a while`, { retryAfterMs });
    }
    try {
      const result = await this.#within(CALL_MS, (signal) => work(adapter, signal));
      breaker.succeeded();
      return result;
    } catch (error) {
      const known_ = error instanceof ProviderError ? error : unexpected(id, error);
      if (known_.kind === 'unavailable') breaker.failed();
      else breaker.succeeded();
      throw known_;
    }
  }

  /** Returns all providers as the API shows them, in the order of fallback. */
  async views(): Promise<readonly ProviderView[]> {
    const { order } = this.#options;
    const ids = [...new Set([...order, ...this.#known.keys()])];
    return Promise.all(
      ids.map(async (id) => {
        const known = this.#require(id);
        if (known.checkedAt === null) await this.check(id);
        return {
          provider: id,
          available: known.breaker.retryAfterMs() === 0 && known.checks[0]?.ok !== false,
          capabilities: { ...known.adapter.capabilities },
          checkedAt: isoOrNull(known.checkedAt),
          checks: known.checks.map((check) => ({ ...check })),
        };
      }),
    );
  }

  async #check(known: Known): Promise<void> {
    const { id } = known.adapter;
    try {
      known.checks = await this.#within(CHECK_MS, (signal) => known.adapter.check(signal));
    } catch (error) {
      const { message } = error instanceof ProviderError ? error : unexpected(id, error);
      const remedy = 'Check its address, the network and the proxy of this server.';
      known.checks = [{ name: 'Connection', ok: false, detail: message, remedy }];
    }
    known.checkedAt = this.#options.clock.now();
  }

  #isStale({ checkedAt }: Known): boolean {
    return checkedAt === null || this.#options.clock.now() - checkedAt >= CHECK_COUNTS_MS;
  }

  async #within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const cancel = this.#options.clock.after(ms, () => deadline.abort());
    try {
      return await work(deadline.signal);
    } finally {
      cancel();
    }
  }

  #require(id: ProviderId): Known {
    const known = this.#known.get(id);
    if (!known) throw new TelevisitError('provider_not_configured', { detail: `${id} is not configured.` });
    return known;
  }

  /** Returns when the first of the providers may be tried again. */
  #retryAfterSeconds(ids: readonly ProviderId[]): number {
    const waits = ids
      .map((id) => this.#known.get(id)?.breaker.retryAfterMs() ?? 0)
      .map((wait) => (wait > 0 ? wait : TRY_AGAIN_MS));
    return Math.ceil(Math.min(...waits) / 1000);
  }
}

/** Wraps an error that an adapter should not have thrown. */
function unexpected(id: ProviderId, error: unknown): ProviderError {
  return new ProviderError('unavailable', `the call of ${id} failed`, { code: 'unexpected', cause: error });
}

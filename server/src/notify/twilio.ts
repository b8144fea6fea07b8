import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { ProviderHttp } from '../providers/provider-http.ts';
import { OPTED_OUT, type Answer, type Notifier, type OutgoingSms } from './notifier.ts';

/** An account at Twilio (Programmable Messaging). */
export interface TwilioSettings {
  readonly provider: 'twilio';
  readonly accountSid: string;
  /** The current auth token, which signs in and verifies reports, and the previous one, which verifies reports. */
  readonly authTokens: readonly [string, ...string[]];
  /** A number or sender id, or a messaging service. */
  readonly sender: { readonly From: string } | { readonly MessagingServiceSid: string };
  /** Without a trailing slash. */
  readonly apiUrl: string;
}

export interface TwilioOptions {
  readonly settings: TwilioSettings;
  readonly clock: Clock;
  /** Returns the address of delivery reports of a message; null if Twilio can't reach this server. */
  readonly reportsTo: (key: string) => string | null;
}

const TIMEOUT_MS = 10_000;
/** The longest `ValidityPeriod`, in seconds. */
const LONGEST_VALIDITY = 36_000;
/** Twilio discards messages with a shorter `ValidityPeriod` before they leave, in seconds. */
const SHORTEST_VALIDITY = 5;
/** The number of recent messages to a number among which one is looked for. */
const LOOKED_AT = 50;
/** How far the clocks of Twilio and this server may differ, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;
/** Statuses of requests that fail because of the account or the settings, which the operator can correct in time. */
const CORRECTABLE: readonly number[] = [401, 403, 404];
/** The recipient has sent STOP (Twilio error 21610). */
const STOPPED = 21_610;

const message = z.object({ sid: z.string() });
const failure = z.object({ code: z.number() });
const messages = z.object({
  messages: z.array(
    z.object({ sid: z.string(), body: z.string().nullable(), date_created: z.string().nullable() }),
  ),
});

/**
 * Sends text messages by Twilio's Messages resource. Twilio knows no idempotency keys: before an attempt that may be a
 * repetition, the account's messages to the number are searched for the same text.
 */
export class TwilioNotifier implements Notifier<OutgoingSms> {
  readonly #options: TwilioOptions;
  readonly #http: ProviderHttp;

  constructor(options: TwilioOptions) {
    this.#options = options;
    this.#http = new ProviderHttp({ name: 'Twilio', clock: options.clock, timeoutMs: TIMEOUT_MS });
  }

  async send(outgoing: OutgoingSms, signal: AbortSignal): Promise<Answer> {
    try {
      const known = outgoing.mayBeKnown ? await this.#find(outgoing, signal) : null;
      if (known !== null) return { outcome: 'accepted', providerId: known };
      const { status, body } = await this.#http.call({
        method: 'POST',
        url: this.#url,
        headers: this.#headers,
        form: this.#form(outgoing),
        signal,
      });
      return answerOf(status, body);
    } catch (error) {
      if (error instanceof ProviderError) return retryOf(error);
      throw error;
    }
  }

  close(): void {
    // The signal of each request ends it.
  }

  /** Returns the id of a message with this text, sent since the notification was planned; null if there is none. */
  async #find({ to, text, since }: OutgoingSms, signal: AbortSignal): Promise<string | null> {
    const query = new URLSearchParams({ To: to, PageSize: String(LOOKED_AT) });
    const { status, body } = await this.#http.call({
      method: 'GET',
      url: `${this.#url}?${query.toString()}`,
      headers: this.#headers,
      signal,
    });
    const found = messages.safeParse(body);
    if (status !== 200 || !found.success) {
      throw new ProviderError('unavailable', 'Twilio does not list messages', { code: String(status) });
    }
    // Newest first; the link in the text is that of the person and the visit.
    const same = found.data.messages.find(
      (one) => one.body === text && Date.parse(one.date_created ?? '') >= Math.floor(since - CLOCK_SKEW_MS),
    );
    return same?.sid ?? null;
  }

  #form({ to, text, key, expiresAt }: OutgoingSms): Record<string, string> {
    const { settings, clock, reportsTo } = this.#options;
    const left = Math.floor((expiresAt - clock.now()) / 1000);
    const callback = reportsTo(key);
    return {
      To: to,
      Body: text,
      ...settings.sender,
      ValidityPeriod: String(Math.min(LONGEST_VALIDITY, Math.max(SHORTEST_VALIDITY, left))),
      ...(callback === null ? {} : { StatusCallback: callback }),
    };
  }

  get #url(): string {
    const { apiUrl, accountSid } = this.#options.settings;
    return `${apiUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`;
  }

  get #headers(): Record<string, string> {
    const { accountSid, authTokens } = this.#options.settings;
    const credentials = Buffer.from(`${accountSid}:${authTokens[0]}`).toString('base64');
    return { authorization: `Basic ${credentials}` };
  }
}

function answerOf(status: number, body: unknown): Answer {
  const accepted = message.safeParse(body);
  if (status >= 200 && status < 300) {
    // Accepted, whatever the body: another attempt would send it twice.
    return { outcome: 'accepted', providerId: accepted.success ? accepted.data.sid : null };
  }
  const failed = failure.safeParse(body);
  const code = failed.success ? failed.data.code : status;
  if (code === STOPPED) return { outcome: 'refused', permanent: true, code: OPTED_OUT };
  if (CORRECTABLE.includes(status) || status < 400) {
    return { outcome: 'retry', afterMs: null, code: String(code), certain: true };
  }
  return { outcome: 'refused', permanent: false, code: String(code) };
}

function retryOf({ kind, code, retryAfterMs }: ProviderError): Answer {
  // 503 says that the request was not handled; a time-out, or any other failure, may follow an accepted message.
  const certain = kind === 'limited' || code === '503';
  return { outcome: 'retry', afterMs: retryAfterMs, code: code ?? 'unreachable', certain };
}

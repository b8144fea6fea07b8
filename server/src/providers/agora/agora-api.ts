import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import { ProviderHttp, type ProviderResponse } from '../provider-http.ts';
import type { AgoraSettings } from './agora-settings.ts';

/** Agora advises to wait that long for a rule to be created, in milliseconds. */
const RULE_TIMEOUT_MS = 20_000;
/** A rule lasts that long at most, as a token does; in minutes. */
const MAX_MINUTES = 24 * 60;

const ruleAnswer = z.object({ status: z.literal('success') });
const ruleList = z.object({
  rules: z.array(
    z.object({
      cname: z.string().nullish(),
      uid: z.union([z.number(), z.string()]).nullish(),
      ip: z.string().nullish(),
      privileges: z.array(z.string()),
      ts: z.string().nullish(),
    }),
  ),
});
const account = z.union([z.number(), z.string()]);
const userList = z.object({
  data: z.object({
    channel_exist: z.boolean(),
    /** In communication mode. */
    users: z.array(account).nullish(),
    /** In broadcasting mode. */
    broadcasters: z.array(account).nullish(),
    audience: z.array(account).nullish(),
  }),
});

/** The channel management API of Agora, with the customer id and secret. */
export class AgoraApi {
  readonly #settings: AgoraSettings;
  readonly #authorization: string;
  readonly #clock: Clock;
  readonly #http: ProviderHttp;
  readonly #slowHttp: ProviderHttp;

  constructor(settings: AgoraSettings, customer: NonNullable<AgoraSettings['customer']>, clock: Clock) {
    this.#settings = settings;
    this.#authorization = `Basic ${Buffer.from(`${customer.id}:${customer.secret}`).toString('base64')}`;
    this.#clock = clock;
    this.#http = new ProviderHttp({ name: 'Agora', clock });
    this.#slowHttp = new ProviderHttp({ name: 'Agora', clock, timeoutMs: RULE_TIMEOUT_MS });
  }

  /** Throws everyone out of a channel and keeps them out until a time. */
  async close(channel: string, until: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#createRule(channel, until, signal);
    } catch (error) {
      // After a time-out the rule may exist: Agora asks to look it up before creating another one.
      const isUnclear = error instanceof ProviderError && error.kind === 'unavailable';
      if (!isUnclear || signal.aborted) throw error;
      if (await this.#hasRule(channel, signal)) return;
      await this.#createRule(channel, until, signal);
    }
  }

  /** Returns the ids of the users in a channel; null if the channel does not exist now. */
  async users(channel: string, signal: AbortSignal): Promise<readonly (string | number)[] | null> {
    const { data } = parsed(userList, usable(await this.askForUsers(channel, signal)));
    if (!data.channel_exist) return null;
    return [...(data.users ?? []), ...(data.broadcasters ?? []), ...(data.audience ?? [])];
  }

  /** Returns the answer to a question about a channel, whatever it is. */
  askForUsers(channel: string, signal: AbortSignal): Promise<ProviderResponse> {
    const { url, appId } = this.#settings;
    return this.#http.call({
      method: 'GET',
      url: `${url}/dev/v1/channel/user/${appId}/${encodeURIComponent(channel)}`,
      headers: { authorization: this.#authorization },
      signal,
    });
  }

  async #createRule(channel: string, until: number, signal: AbortSignal): Promise<void> {
    const minutes = Math.ceil((until - this.#clock.now()) / 60_000);
    const answer = await this.#slowHttp.call({
      method: 'POST',
      url: `${this.#settings.url}/dev/v1/kicking-rule`,
      headers: { authorization: this.#authorization },
      json: {
        appid: this.#settings.appId,
        cname: channel,
        ip: '',
        // 0 would let people return at once.
        time: Math.min(MAX_MINUTES, Math.max(1, minutes)),
        privileges: ['join_channel'],
      },
      signal,
    });
    parsed(ruleAnswer, usable(answer));
  }

  async #hasRule(channel: string, signal: AbortSignal): Promise<boolean> {
    const { url, appId } = this.#settings;
    const answer = await this.#http.call({
      method: 'GET',
      url: `${url}/dev/v1/kicking-rule?appid=${appId}`,
      headers: { authorization: this.#authorization },
      signal,
    });
    const { rules } = parsed(ruleList, usable(answer));
    return rules.some(
      ({ cname, uid, ip, privileges, ts }) =>
        cname === channel &&
        !uid &&
        !ip &&
        privileges.includes('join_channel') &&
        !(Date.parse(ts ?? '') <= this.#clock.now()),
    );
  }
}

/** Whether Agora refuses the customer id and secret, or does not have the project. */
export function isDenied(status: number): boolean {
  return status === 401 || status === 403;
}

function usable(answer: ProviderResponse): ProviderResponse {
  const { status } = answer;
  if (status === 200) return answer;
  const kind = isDenied(status) ? 'misconfigured' : 'refused';
  throw new ProviderError(kind, `Agora answered with ${status}`, { code: String(status) });
}

function parsed<T extends z.ZodType>(schema: T, { body }: ProviderResponse): z.output<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ProviderError('refused', 'Agora answered in an unknown form', { code: 'unknown_answer' });
}

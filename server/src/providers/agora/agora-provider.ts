import type { Clock } from '../../core/clock.ts';
import type {
  Capabilities,
  CheckResult,
  MeetingLink,
  MeetingPerson,
  MeetingPlan,
  MeetingProvider,
  MeetingRecord,
  MeetingRef,
  WebhookReceipt,
  WebhookRequest,
} from '../meeting-provider.ts';
import { checkClock, checked } from '../provider-checks.ts';
import { ProviderError } from '../provider-error.ts';
import { accountOf, personOf } from './agora-account.ts';
import { AgoraApi, isDenied } from './agora-api.ts';
import { agoraReceipt } from './agora-notices.ts';
import type { AgoraSettings } from './agora-settings.ts';
import { agoraToken } from './agora-token.ts';

export interface AgoraProviderOptions {
  readonly settings: AgoraSettings;
  readonly clock: Clock;
}

/** Tokens live that long at most, in milliseconds. */
const MAX_TOKEN_MS = 24 * 60 * 60_000;
/** A channel that no visit has. */
const NO_CHANNEL = 'televisit-check';

/**
 * Meetings in channels of Agora. A channel exists while people are in it, so nothing is created. There is no page to send
 * people to: a link is a set of credentials for the SDK.
 */
export class AgoraProvider implements MeetingProvider {
  readonly id = 'agora';
  readonly capabilities: Capabilities;
  readonly #settings: AgoraSettings;
  readonly #clock: Clock;
  /** Null without a customer id and secret. */
  readonly #api: AgoraApi | null;

  constructor({ settings, clock }: AgoraProviderOptions) {
    const { customer, webhookSecrets } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#api = customer && new AgoraApi(settings, customer, clock);
    this.capabilities = {
      // A person who may not publish can do so unless Agora's support has switched on co-host authentication.
      roles: 'none',
      waitingRoom: false,
      liveAttendance: customer && webhookSecrets.length === 0 ? 'poll' : 'webhook',
      records: false,
      identity: 'exact',
      endMeeting: customer !== null,
      idempotentCreate: true,
      created: 'window',
      entry: 'credentials',
    };
  }

  create({ roomName }: MeetingPlan): Promise<MeetingRef> {
    return Promise.resolve({ meetingId: roomName, hostId: null, data: {} });
  }

  /** Tokens carry the plan. */
  update(meeting: MeetingRef): Promise<MeetingRef> {
    return Promise.resolve(meeting);
  }

  /** Before the window nobody has a token. */
  async cancel(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    if (this.#api && this.#clock.now() >= plan.opensAt) await this.end(meeting, plan, signal);
  }

  /** @throws {ProviderError} `refused` without a customer id and secret */
  async end({ meetingId }: MeetingRef, { closesAt }: MeetingPlan, signal: AbortSignal): Promise<void> {
    if (!this.#api) {
      throw new ProviderError('refused', 'Agora cannot end meetings without AGORA_CUSTOMER_ID', {
        code: 'end_unsupported',
      });
    }
    await this.#api.close(meetingId, closesAt, signal);
  }

  link({ meetingId }: MeetingRef, { closesAt }: MeetingPlan, person: MeetingPerson): Promise<MeetingLink> {
    const { appId, certificate } = this.#settings;
    const account = accountOf(person);
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const expiresAt = Math.max(
      issuedAt + 1,
      Math.ceil(Math.min(closesAt, this.#clock.now() + MAX_TOKEN_MS) / 1000),
    );
    const { canPublish } = person;
    const grant = { appId, certificate, channel: meetingId, account, canPublish, issuedAt, expiresAt };
    const entry = {
      kind: 'credentials',
      credentials: {
        appId,
        channel: meetingId,
        account,
        token: agoraToken(grant),
        role: canPublish ? 'publisher' : 'subscriber',
      },
      expiresAt: expiresAt * 1000,
    } as const;
    // Events have the account only; one that is not the user id has to be recognised.
    const remember = account === person.userId ? {} : { remember: { [`person:${person.userId}`]: account } };
    return Promise.resolve({ entry, ...remember });
  }

  /**
   * Returns who is in the channel now, if no webhooks report it. Agora does not say since when, so a stay begins when it is
   * seen.
   */
  async attendance(
    { meetingId }: MeetingRef,
    _plan: MeetingPlan,
    signal: AbortSignal,
  ): Promise<readonly MeetingRecord[] | null> {
    if (!this.#api || this.#settings.webhookSecrets.length > 0) return null;
    const users = await this.#api.users(meetingId, signal);
    const now = this.#clock.now();
    const stays = (users ?? []).map((user) => ({
      id: `${meetingId}:${user}`,
      // Numbers are Agora's own ids of accounts.
      person: typeof user === 'string' ? personOf(user) : {},
      joinedAt: now,
      leftAt: null,
    }));
    return [{ startedAt: now, endedAt: null, isSnapshot: true, stays }];
  }

  receive(request: WebhookRequest): WebhookReceipt {
    return agoraReceipt(this.#settings, request);
  }

  check(signal: AbortSignal): Promise<readonly CheckResult[]> {
    const api = this.#api;
    if (!api) {
      const detail = 'Nothing can be checked without AGORA_CUSTOMER_ID, and meetings cannot be ended.';
      return Promise.resolve([{ name: 'credentials', ok: true, detail }]);
    }
    const remedy = 'Check AGORA_API_URL, and that this server can reach it.';
    return checked('credentials', remedy, async () => {
      const response = await api.askForUsers(NO_CHANNEL, signal);
      const { status } = response;
      const detail =
        status === 200
          ? {
              detail:
                'Agora accepts the customer id and knows the project. Only a call tells whether the certificate is right.',
            }
          : {
              detail: `Agora answered with ${status}.`,
              remedy: isDenied(status)
                ? 'Compare AGORA_CUSTOMER_ID and AGORA_CUSTOMER_SECRET with the RESTful API page of the console.'
                : 'Compare AGORA_APP_ID with the console.',
            };
      return [{ name: 'credentials', ok: status === 200, ...detail }, ...checkClock(this.#clock, response)];
    });
  }
}

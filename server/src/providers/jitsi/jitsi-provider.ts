import type { Clock } from '../../core/clock.ts';
import type {
  Capabilities,
  CheckResult,
  MeetingLink,
  MeetingPerson,
  MeetingPlan,
  MeetingProvider,
  MeetingRef,
  WebhookReceipt,
  WebhookRequest,
} from '../meeting-provider.ts';
import { checkClock, checked } from '../provider-checks.ts';
import { ProviderError } from '../provider-error.ts';
import { ProviderHttp } from '../provider-http.ts';
import { forgedWebhook, isOneOf } from '../webhook-proof.ts';
import { jitsiEvents } from './jitsi-events.ts';
import { authorizations } from './jitsi-reservations.ts';
import type { JitsiSettings } from './jitsi-settings.ts';
import { JitsiRooms } from './jitsi-rooms.ts';
import { jitsiToken, requestToken } from './jitsi-tokens.ts';
import { meetLink } from './meet-link.ts';

export interface JitsiProviderOptions {
  readonly settings: JitsiSettings;
  readonly clock: Clock;
}

/** Meetings on a self-hosted Jitsi server. */
export class JitsiProvider extends JitsiRooms implements MeetingProvider {
  readonly id = 'jitsi';
  readonly capabilities: Capabilities;
  readonly #settings: JitsiSettings;
  readonly #clock: Clock;
  readonly #http: ProviderHttp;

  constructor({ settings, clock }: JitsiProviderOptions) {
    super();
    this.#settings = settings;
    this.#clock = clock;
    this.#http = new ProviderHttp({ name: 'Jitsi', clock });
    this.capabilities = {
      roles: 'host-only',
      // The answer to a reservation switches the lobby on.
      waitingRoom: settings.reservations,
      liveAttendance: 'webhook',
      records: false,
      identity: 'exact',
      endMeeting: settings.endMeetingUrl !== null,
      idempotentCreate: true,
      created: 'window',
      entry: 'address',
    };
  }

  /** @throws {ProviderError} `refused` unless `mod_muc_end_meeting` is set up */
  async end({ meetingId }: MeetingRef, _plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    const { endMeetingUrl, mucDomain } = this.#settings;
    if (endMeetingUrl === null) {
      throw new ProviderError('refused', 'Jitsi cannot end meetings without JITSI_END_MEETING_URL', {
        code: 'end_unsupported',
      });
    }
    const url = new URL(endMeetingUrl);
    url.searchParams.set('conference', `${meetingId}@${mucDomain}`);
    const token = requestToken(this.#settings, meetingId, this.#clock.now());
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await this.#http.call({
      method: 'POST',
      url: url.href,
      headers,
      isRepeatable: true,
      signal,
    });
    // 404: nobody is in the room.
    if ((status >= 200 && status < 300) || status === 404) return;
    const kind = status === 401 || status === 403 ? 'misconfigured' : 'refused';
    throw new ProviderError(kind, `Jitsi answered with ${status} to ending a meeting`, {
      code: String(status),
    });
  }

  link({ meetingId }: MeetingRef, plan: MeetingPlan, person: MeetingPerson): Promise<MeetingLink> {
    const token = jitsiToken(this.#settings, meetingId, plan, person, this.#clock.now());
    const { url, tokenIn } = this.#settings;
    const entry = {
      kind: 'address',
      url: meetLink(`${url}/${meetingId}`, token, tokenIn, person),
      expiresAt: plan.closesAt,
    } as const;
    return Promise.resolve({ entry });
  }

  /**
   * Reads a request of `event_sync_component`, which is not signed but carries a fixed token.
   * @throws {TelevisitError} `webhook_signature`, and those of `jitsiEvents`
   */
  receive(request: WebhookRequest): WebhookReceipt {
    if (!isOneOf(request.headers.authorization ?? '', authorizations(this.#settings))) {
      throw forgedWebhook('The token of the request', 'JITSI_EVENTS_TOKEN');
    }
    return { events: jitsiEvents(request) };
  }

  check(signal: AbortSignal): Promise<readonly CheckResult[]> {
    const { url } = this.#settings;
    const remedy = 'Check JITSI_URL, and that this server can reach it.';
    return checked('address', remedy, async () => {
      const response = await this.#http.call({ method: 'GET', url: `${url}/config.js`, signal });
      const isJitsi = response.status === 200 && /\bconfig\b/.test(String(response.body));
      if (!isJitsi) {
        const detail = `${url}/config.js answered with ${response.status}, and is not that of a Jitsi server.`;
        return [{ name: 'address', ok: false, detail, remedy }];
      }
      const detail = 'The Jitsi server answers. It checks tokens only when a person enters.';
      return [{ name: 'address', ok: true, detail }, ...checkClock(this.#clock, response)];
    });
  }
}

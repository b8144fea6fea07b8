import jwt from 'jsonwebtoken';
import type { Clock } from '../../core/clock.ts';
import { JitsiRooms } from '../jitsi/jitsi-rooms.ts';
import { featureClaims, meetLink, userClaims, validity } from '../jitsi/meet-link.ts';
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
import { ProviderHttp, type ProviderResponse } from '../provider-http.ts';
import type { JaasSettings } from './jaas-settings.ts';
import { jaasReceipt, type WaitingRoomOf } from './jaas-webhooks.ts';

export interface JaasProviderOptions {
  readonly settings: JaasSettings;
  readonly clock: Clock;
  /** Without it, every room has a waiting room once the settings webhook is registered. */
  readonly waitingRoomOf?: WaitingRoomOf;
}

/** Tokens have these two as they are for every customer. */
const AUDIENCE = 'jitsi';
const ISSUER = 'chat';
/** The domain in the names of conferences, whatever address is called. */
const DOMAIN = '8x8.vc';
const COMMANDS = '/v1/_jaas/conference-commands/v1/meeting';
/** How long a token for one command is valid, in seconds. */
const COMMAND_SECONDS = 60;
/** A room that no visit has. */
const NO_ROOM = 'televisit-check';

/** Meetings of JaaS, the Jitsi service of 8x8. */
export class JaasProvider extends JitsiRooms implements MeetingProvider {
  readonly id = 'jaas';
  readonly capabilities: Capabilities = {
    roles: 'host-only',
    waitingRoom: true,
    liveAttendance: 'webhook',
    records: false,
    identity: 'exact',
    endMeeting: true,
    idempotentCreate: true,
    created: 'window',
    entry: 'address',
  };
  readonly #settings: JaasSettings;
  readonly #clock: Clock;
  readonly #waitingRoomOf: WaitingRoomOf;
  readonly #http: ProviderHttp;

  constructor({ settings, clock, waitingRoomOf = () => Promise.resolve(true) }: JaasProviderOptions) {
    super();
    this.#settings = settings;
    this.#clock = clock;
    this.#waitingRoomOf = waitingRoomOf;
    this.#http = new ProviderHttp({ name: 'JaaS', clock });
  }

  /** Destroys the room (developer.8x8.com/jaas, "JaaS endpoints", DESTROY_ROOM). */
  async end({ meetingId }: MeetingRef, _plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    const { status } = await this.#destroy(meetingId, signal);
    if ((status >= 200 && status < 300) || status === 404) return;
    const kind = isDenied(status) ? 'misconfigured' : 'refused';
    throw new ProviderError(kind, `JaaS answered with ${status} to ending a meeting`, {
      code: String(status),
    });
  }

  link({ meetingId }: MeetingRef, plan: MeetingPlan, person: MeetingPerson): Promise<MeetingLink> {
    const { url, appId } = this.#settings;
    const token = this.#signed({
      room: meetingId,
      ...validity(plan, this.#clock.now()),
      context: { user: userClaims(person), features: featureClaims(person), room: { regex: false } },
    });
    const entry = {
      kind: 'address',
      url: meetLink(`${url}/${appId}/${meetingId}`, token, 'query', person),
      expiresAt: plan.closesAt,
    } as const;
    return Promise.resolve({ entry });
  }

  receive(request: WebhookRequest): Promise<WebhookReceipt> {
    return jaasReceipt(this.#settings, request, this.#waitingRoomOf);
  }

  /** A command about a room that does not exist changes nothing, and tells whether the key is accepted. */
  check(signal: AbortSignal): Promise<readonly CheckResult[]> {
    const remedy = 'Check that this server can reach 8x8.vc.';
    return checked('credentials', remedy, async () => {
      const response = await this.#destroy(NO_ROOM, signal);
      const ok = !isDenied(response.status);
      const result = ok
        ? { detail: 'JaaS accepts the key.' }
        : {
            detail: `JaaS refuses the key (${response.status}).`,
            remedy:
              'Compare JAAS_APP_ID and JAAS_KEY_ID with the console, and upload the public half of the key there.',
          };
      return [{ name: 'credentials', ok, ...result }, ...checkClock(this.#clock, response)];
    });
  }

  #destroy(meetingId: string, signal: AbortSignal): Promise<ProviderResponse> {
    const { url, appId } = this.#settings;
    const seconds = Math.floor(this.#clock.now() / 1000);
    const token = this.#signed({
      admin: true,
      iat: seconds,
      nbf: seconds - COMMAND_SECONDS,
      exp: seconds + COMMAND_SECONDS,
    });
    return this.#http.call({
      method: 'POST',
      url: `${url}${COMMANDS}`,
      headers: { authorization: `Bearer ${token}` },
      json: {
        action: 'DESTROY',
        payload: { conferenceFullName: `${meetingId}@conference.${appId}.${DOMAIN}` },
      },
      isRepeatable: true,
      signal,
    });
  }

  #signed(claims: object): string {
    const { appId, key, keyId } = this.#settings;
    return jwt.sign({ aud: AUDIENCE, iss: ISSUER, sub: appId, ...claims }, key, {
      algorithm: 'RS256',
      keyid: keyId,
    });
  }
}

function isDenied(status: number): boolean {
  return status === 401 || status === 403;
}

import { createHmac, randomUUID } from 'node:crypto';
import { prosodyVerdict } from '@televisit/server/providers/jitsi/testing/prosody';
import { DoubleServer, type DoubleAnswer, type DoubleRequest } from './double-server.ts';

export interface JaasDoubleOptions {
  readonly appId: string;
  /** The public keys that were uploaded in the console, by `kid`, in PEM form. */
  readonly keys: Readonly<Record<string, string>>;
  /** The secret of the webhook endpoint. */
  readonly secret: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

interface Person {
  readonly participantJid: string;
  readonly participantId: string;
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
  readonly moderator: boolean;
}

interface Room {
  readonly name: string;
  readonly sessionId: string;
  readonly people: Set<Person>;
  readonly settings: RoomSettings;
}

/** The answer to SETTINGS_PROVISIONING, as far as it decides who gets in. */
interface RoomSettings {
  readonly lobbyEnabled?: boolean;
  readonly passcode?: string;
}

/** What a person meets who opens a link. */
export interface JaasEntered {
  readonly verdict: 'moderator' | 'member' | 'refused' | 'passcode' | 'lobby';
  readonly leave: () => Promise<void>;
}

/** "Webhooks": other answers than 2xx are followed by more attempts, with exponential back-off. */
const ATTEMPTS = 4;
const COMMANDS = '/v1/_jaas/conference-commands/v1/meeting';

/**
 * JaaS of 8x8 for tests: tokens judged by the claims that it documents ("The Jitsi JSON Web Token"), signed webhooks ("Check
 * the webhook signatures"), the settings webhook and the command that destroys a room ("JaaS endpoints").
 */
export class JaasDouble {
  readonly #options: JaasDoubleOptions;
  readonly #rooms = new Map<string, Room>();
  #server: DoubleServer | null = null;
  /** The address of the webhook endpoint in the console; null if there is none. */
  webhookUrl: string | null = null;
  /** Whether SETTINGS_PROVISIONING is selected for it. */
  provisions = true;
  /** Whether events are delivered twice, as "Webhooks" says can happen. */
  repeats = false;

  private constructor(options: JaasDoubleOptions) {
    this.#options = options;
  }

  static async start(options: JaasDoubleOptions): Promise<JaasDouble> {
    const double = new JaasDouble(options);
    double.#server = await DoubleServer.start((request) => double.#answer(request));
    return double;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** The names of rooms with people. */
  get rooms(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** Opens a link as a browser does. */
  async enter(link: string): Promise<JaasEntered> {
    const url = new URL(link);
    await fetch(url);
    const [appId, name = ''] = url.pathname.slice(1).split('/');
    const token = url.searchParams.get('jwt');
    const verdict = this.#judge(token, name);
    const nobody = { leave: () => Promise.resolve() };
    if (appId !== this.#options.appId || verdict === 'refused') return { verdict: 'refused', ...nobody };
    const settings = this.#rooms.get(name)?.settings ?? (await this.#settingsOf(name));
    // "The passcode that the meeting will start with": whoever does not know it stays outside.
    if (settings.passcode) return { verdict: 'passcode', ...nobody };
    if (settings.lobbyEnabled === true && verdict !== 'moderator') return { verdict: 'lobby', ...nobody };
    return { verdict, leave: await this.#join(name, settings, token ?? '') };
  }

  /** Sends what a person reports who moves to a breakout room, or comes back. */
  async move(room: string, userId: string, isBack: boolean): Promise<void> {
    const found = [...(this.#rooms.get(room)?.people ?? [])].find(({ id }) => id === userId);
    const data = { ...found, disconnectReason: 'switch_room' };
    await this.#report('PARTICIPANT_LEFT', room, { ...data, isBreakout: isBack });
    await this.#report('PARTICIPANT_JOINED', room, { ...data, isBreakout: !isBack });
  }

  /** Returns a signed request for an event. @param key `idempotencyKey` */
  event(eventType: string, room: string, data: object, key: string = randomUUID(), at = this.#options.now()) {
    const { appId, now, secret } = this.#options;
    const body = JSON.stringify({
      idempotencyKey: key,
      customerId: appId.slice(-32),
      appId,
      eventType,
      sessionId: this.#rooms.get(room)?.sessionId ?? 'session-1',
      timestamp: at,
      fqn: `${appId}/${room}`,
      data,
    });
    return signedRequest(secret, body, now());
  }

  #judge(token: string | null, room: string): 'moderator' | 'member' | 'refused' {
    const { appId, keys, now } = this.#options;
    const verdict = prosodyVerdict(
      token,
      room,
      {
        // "sub": the AppID; "iss": hard-coded; "aud": hard-coded.
        domain: appId,
        app_id: 'chat',
        asap_accepted_audiences: ['jitsi'],
        asap_key_server: (keyId) => keys[keyId] ?? null,
      },
      Math.floor(now() / 1000),
    );
    const isComplete = 'features' in (claimsOf(token).context ?? {});
    return isComplete && (verdict === 'member' || verdict === 'moderator') ? verdict : 'refused';
  }

  async #join(name: string, settings: RoomSettings, token: string): Promise<() => Promise<void>> {
    const { id, name: displayName, email, moderator } = claimsOf(token).context?.user ?? {};
    const participantJid = `${randomUUID()}@8x8.vc`;
    const person: Person = {
      participantJid,
      participantId: participantJid.slice(0, 8),
      ...(id === undefined ? {} : { id }),
      ...(displayName === undefined ? {} : { name: displayName }),
      ...(email === undefined ? {} : { email }),
      moderator: moderator === true,
    };
    let room = this.#rooms.get(name);
    if (!room) {
      room = { name, sessionId: randomUUID(), people: new Set(), settings };
      this.#rooms.set(name, room);
      await this.#report('ROOM_CREATED', name, { conference: name });
    }
    room.people.add(person);
    await this.#report('PARTICIPANT_JOINED', name, person);
    return () => this.#leave(name, person, 'left');
  }

  async #leave(name: string, person: Person, disconnectReason: string): Promise<void> {
    const room = this.#rooms.get(name);
    if (!room?.people.delete(person)) return;
    await this.#report('PARTICIPANT_LEFT', name, { ...person, disconnectReason });
    if (room.people.size > 0) return;
    await this.#report('ROOM_DESTROYED', name, { conference: name });
    this.#rooms.delete(name);
  }

  async #report(eventType: string, room: string, data: object): Promise<void> {
    if (this.webhookUrl === null) return;
    const { headers, rawBody } = this.event(eventType, room, data);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { ok } = await this.#post(headers, rawBody);
      if (ok && !(this.repeats && attempt === 1)) return;
    }
  }

  /** "Before every meeting": the body is `fqn` alone. Without an answer the meeting starts without a lobby. */
  async #settingsOf(room: string): Promise<RoomSettings> {
    if (this.webhookUrl === null || !this.provisions) return {};
    const body = Buffer.from(JSON.stringify({ fqn: `${this.#options.appId}/${room}` }));
    const { ok, answer } = await this.#post({ 'content-type': 'application/json' }, body);
    return ok ? (answer as RoomSettings) : {};
  }

  async #post(headers: Record<string, string>, body: Buffer): Promise<{ ok: boolean; answer: unknown }> {
    const response = await fetch(this.webhookUrl ?? '', {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    const text = await response.text();
    return { ok: response.ok, answer: text === '' ? {} : JSON.parse(text) };
  }

  #answer(request: DoubleRequest): Promise<DoubleAnswer> | DoubleAnswer {
    const { method, path } = request;
    if (method === 'POST' && path === COMMANDS) return this.#command(request);
    if (method === 'GET')
      return { status: 200, body: '<!doctype html><title>8x8 Jitsi as a Service</title>' };
    return { status: 404 };
  }

  /** "The endpoints require a JWT that contains the claim: admin: true", signed with a key of the console. */
  async #command({ headers, rawBody }: DoubleRequest): Promise<DoubleAnswer> {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? null;
    const claims = claimsOf(token);
    // Such a token has no room.
    const isKnown = this.#judgeCommand(token) && claims.admin === true;
    if (!isKnown) return { status: 401, body: { message: 'Unauthorized' } };
    const { action, payload } = JSON.parse(rawBody.toString()) as {
      action?: string;
      payload?: { conferenceFullName?: string };
    };
    const suffix = `@conference.${this.#options.appId}.8x8.vc`;
    const conference = payload?.conferenceFullName ?? '';
    if (action !== 'DESTROY' || !conference.endsWith(suffix)) return { status: 400 };
    const name = conference.slice(0, -suffix.length);
    const room = this.#rooms.get(name);
    if (!room) return { status: 404 };
    for (const person of room.people) await this.#leave(name, person, 'kicked');
    return { status: 200 };
  }

  #judgeCommand(token: string | null): boolean {
    const { appId, keys, now } = this.#options;
    const options = {
      domain: appId,
      app_id: 'chat',
      asap_accepted_audiences: ['jitsi'],
      asap_key_server: (keyId: string) => keys[keyId] ?? null,
    };
    // Without a room, a token passes authentication and no more.
    const verdict = prosodyVerdict(token, '', options, Math.floor(now() / 1000));
    return verdict === 'stuck' && claimsOf(token).sub === appId;
  }
}

/** Returns a request that is signed now ("Check the webhook signatures"). */
export function signedRequest(secret: string, body: string, now: number) {
  const timestamp = Math.floor(now / 1000);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'x-jaas-signature': `t=${timestamp},v1=${signature}`,
  };
  return { path: '', now, headers, rawBody: Buffer.from(body) };
}

interface Claims {
  readonly admin?: boolean;
  readonly sub?: string;
  readonly context?: {
    readonly user?: { id?: string; name?: string; email?: string; moderator?: unknown };
  };
}

function claimsOf(token: string | null): Claims {
  try {
    return JSON.parse(Buffer.from((token ?? '').split('.')[1] ?? '', 'base64url').toString()) as Claims;
  } catch {
    return {};
  }
}

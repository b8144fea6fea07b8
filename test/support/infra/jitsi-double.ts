import { createHash } from 'node:crypto';
import {
  prosodyVerdict,
  type ProsodyOptions,
  type ProsodyVerdict,
} from '@televisit/server/providers/jitsi/testing/prosody';
import { DoubleServer, type DoubleAnswer, type DoubleRequest } from './double-server.ts';

export interface JitsiDoubleOptions {
  readonly prosody: ProsodyOptions;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** `api_prefix` and `api_headers.Authorization` of event_sync_component; null if it is not installed. */
  readonly events: { readonly prefix: string; readonly authorization: string } | null;
  /** Answers Prosody's requests to `reservations_api_prefix`; null as if the module were not installed. */
  readonly reservations: (method: string, path: string, form: string) => Promise<DoubleAnswer | null>;
}

/** A person in a room, as event_sync_component reports them. */
interface Occupant {
  readonly occupant_jid: string;
  readonly joined_at: number;
  readonly left_at?: number;
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
}

interface Room {
  readonly name: string;
  readonly createdAt: number;
  readonly occupants: Map<string, Occupant>;
  readonly active: Set<string>;
}

/** What a person meets who opens a link. */
export interface Entered {
  readonly verdict: ProsodyVerdict | 'closed';
  /** What the page says, for `closed`. */
  readonly message?: string;
  /** Whether the person waits in the lobby. */
  readonly inLobby: boolean;
  readonly leave: () => Promise<void>;
}

/** Event_sync_component README: "api_retry_count" 3, on 5XX and connection errors, never on time-outs. */
const RETRIES = 3;

/**
 * A self-hosted Jitsi server for tests: the files of its web server, tokens judged as Prosody does, the modules
 * event_sync_component (jitsi-contrib), reservations and muc_end_meeting.
 */
export class JitsiDouble {
  readonly #options: JitsiDoubleOptions;
  readonly #rooms = new Map<string, Room>();
  #server: DoubleServer | null = null;
  #connections = 0;
  /** The number of events that are lost on the way, with all their retries. */
  loseEvents = 0;

  private constructor(options: JitsiDoubleOptions) {
    this.#options = options;
  }

  static async start(options: JitsiDoubleOptions): Promise<JitsiDouble> {
    const double = new JitsiDouble(options);
    double.#server = await DoubleServer.start((request) => double.#answer(request));
    return double;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get endMeetingUrl(): string {
    return `${this.url}/end-meeting`;
  }

  /** The names of rooms with people. */
  get rooms(): readonly string[] {
    return [...this.#rooms.keys()];
  }

  get requests(): readonly DoubleRequest[] {
    return this.#server?.requests ?? [];
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** Opens a link as a browser does: loads the page, and connects to Prosody with the token of the address. */
  async enter(link: string): Promise<Entered> {
    const url = new URL(link);
    await fetch(url);
    const name = decodeURIComponent(url.pathname.slice(1)).toLowerCase();
    // Jitsi Meet takes the token of the fragment first.
    const fragment = new URLSearchParams(url.hash.slice(1));
    const token = fragment.get('jwt') ?? url.searchParams.get('jwt');
    const verdict = prosodyVerdict(token, name, this.#options.prosody, this.#seconds());
    const nobody = { inLobby: false, leave: () => Promise.resolve() };
    if (verdict !== 'member' && verdict !== 'moderator') return { verdict, ...nobody };
    const permission = await this.#reserve(name);
    if (permission.refusal !== null) return { verdict: 'closed', message: permission.refusal, ...nobody };
    if (permission.lobby && verdict === 'member') return { verdict, ...nobody, inLobby: true };
    return { verdict, inLobby: false, leave: await this.#join(name, userOf(token ?? '')) };
  }

  async #join(name: string, user: Pick<Occupant, 'id' | 'name' | 'email'>): Promise<() => Promise<void>> {
    const room = await this.#roomFor(name);
    const jid = `conn-${++this.#connections}@${this.#options.prosody.domain}/web`;
    const { id, name: displayName, email } = user;
    const occupant: Occupant = {
      occupant_jid: jid,
      joined_at: this.#seconds(),
      ...(id === undefined ? {} : { id }),
      ...(displayName === undefined ? {} : { name: displayName }),
      ...(email === undefined ? {} : { email }),
    };
    room.occupants.set(jid, occupant);
    room.active.add(jid);
    await this.#report('occupant/joined', room, { event_name: 'muc-occupant-joined', occupant });
    return () => this.#leave(room, jid);
  }

  async #leave(room: Room, jid: string): Promise<void> {
    const occupant = room.occupants.get(jid);
    if (!occupant || !room.active.delete(jid)) return;
    const gone = { ...occupant, left_at: this.#seconds() };
    room.occupants.set(jid, gone);
    await this.#report('occupant/left', room, { event_name: 'muc-occupant-left', occupant: gone });
    if (room.active.size === 0) await this.#destroy(room);
  }

  async #destroy(room: Room): Promise<void> {
    this.#rooms.delete(room.name);
    const all = [...room.occupants.values()];
    await this.#report('room/destroyed', room, {
      event_name: 'muc-room-destroyed',
      created_at: room.createdAt,
      destroyed_at: this.#seconds(),
      // Lua has one empty table, which is encoded as an object.
      all_occupants: all.length === 0 ? {} : all,
    });
  }

  async #roomFor(name: string): Promise<Room> {
    const existing = this.#rooms.get(name);
    if (existing) return existing;
    const room = { name, createdAt: this.#seconds(), occupants: new Map(), active: new Set<string>() };
    this.#rooms.set(name, room);
    await this.#report('room/created', room, { event_name: 'muc-room-created', created_at: room.createdAt });
    return room;
  }

  async #report(path: string, room: Room, event: object): Promise<void> {
    const { events } = this.#options;
    if (!events) return;
    if (this.loseEvents > 0) {
      this.loseEvents--;
      return;
    }
    const { headers, rawBody } = eventRequest(events.authorization, this.#options.prosody.domain, room.name, {
      ...event,
      ...('occupant' in event ? { active_occupants_count: room.active.size } : {}),
    });
    for (let retries = RETRIES; retries >= 0; retries--) {
      const response = await fetch(`${events.prefix}/events/${path}`, {
        method: 'POST',
        headers,
        body: rawBody,
      });
      await response.arrayBuffer();
      if (response.status < 500) return;
    }
  }

  /** Jitsi handbook, "Reservation System setup": asked before a room is created. */
  async #reserve(name: string): Promise<{ refusal: string | null; lobby: boolean }> {
    const { reservations } = this.#options;
    if (this.#rooms.has(name)) return { refusal: null, lobby: false };
    const form = new URLSearchParams({
      name,
      start_time: new Date(this.#options.now()).toISOString(),
      mail_owner: 'c',
    });
    const reserved = await reservations('POST', '/conference', form.toString());
    if (!reserved) return { refusal: null, lobby: false };
    const { status, body } = reserved;
    const answer = (body ?? {}) as { message?: string; name?: string; duration?: number; lobby?: boolean };
    if (status !== 200 && status !== 201) return { refusal: answer.message ?? '', lobby: false };
    // Without any of these, Prosody says "Invalid response from reservation server".
    const isComplete = ['id', 'name', 'mail_owner', 'start_time', 'duration'].every(
      (field) => field in answer,
    );
    if (!isComplete || answer.name !== name) return { refusal: 'Invalid response', lobby: false };
    return { refusal: null, lobby: answer.lobby === true };
  }

  async #answer(request: DoubleRequest): Promise<DoubleAnswer> {
    const { method, path } = request;
    if (path === '/config.js') return { status: 200, body: 'var config = { hosts: {} };' };
    if (method === 'POST' && path === '/end-meeting') return this.#endMeeting(request);
    if (method === 'GET') return { status: 200, body: '<!doctype html><title>Jitsi Meet</title>' };
    return { status: 404 };
  }

  /** Mod_muc_end_meeting: 400 without a conference, 401 without a valid token, 404 without a room, 200. */
  async #endMeeting({ query, headers }: DoubleRequest): Promise<DoubleAnswer> {
    const [name = '', domain] = (query.get('conference') ?? '').split('@');
    if (name === '' || domain !== `conference.${this.#options.prosody.domain}`) return { status: 400 };
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? null;
    // It reads keys from a key server only.
    const keys = this.#options.prosody.asap_key_server ?? (() => null);
    const judged = { ...this.#options.prosody, asap_key_server: keys };
    if (prosodyVerdict(token, name, judged, this.#seconds()) === 'refused') return { status: 401 };
    const room = this.#rooms.get(name);
    if (!room) return { status: 404 };
    for (const jid of room.active) {
      const occupant = room.occupants.get(jid);
      if (occupant) room.occupants.set(jid, { ...occupant, left_at: this.#seconds() });
    }
    room.active.clear();
    await this.#destroy(room);
    return { status: 200 };
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}

/** Returns the headers and the body of a request of event_sync_component. */
export function eventRequest(authorization: string, domain: string, room: string, event: object) {
  const body = { ...event, room_name: room, room_jid: `${room}@conference.${domain}`, is_breakout: false };
  const headers = { 'content-type': 'application/json', authorization };
  return { headers, rawBody: Buffer.from(JSON.stringify(body)) };
}

/** Returns the public key of an asap_key_server. @param pemOf returns the file under a name */
export function asapKeyServer(pemOf: (name: string) => string | null) {
  return (keyId: string) => pemOf(`${createHash('sha256').update(keyId).digest('hex')}.pem`);
}

function userOf(token: string): Pick<Occupant, 'id' | 'name' | 'email'> {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    context?: { user?: Pick<Occupant, 'id' | 'name' | 'email'> };
  };
  return claims.context?.user ?? {};
}

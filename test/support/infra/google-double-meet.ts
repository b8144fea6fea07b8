import { randomBytes } from 'node:crypto';
import { denied, insufficientScope, problem, type Reply } from './google-double-replies.ts';

export interface StoredSpace {
  readonly name: string;
  readonly code: string;
  readonly uri: string;
  /** Whether the Meet API created it; Calendar creates others. */
  readonly isOwn: boolean;
  config: { accessType: string; entryPointAccess: string };
}

interface StoredConference {
  readonly name: string;
  readonly space: string;
  readonly startTime: number;
  endTime: number | null;
}

interface StoredSession {
  readonly name: string;
  readonly participant: string;
  readonly conference: StoredConference;
  readonly startTime: number;
  endTime: number | null;
}

export type UserKind = 'signedinUser' | 'anonymousUser' | 'phoneUser';

/** A change in a space that the Workspace Events API reports. */
export interface MeetChange {
  readonly type:
    'conference.v2.started' | 'conference.v2.ended' | 'participant.v2.joined' | 'participant.v2.left';
  /** The name of the conference record or the participant session. */
  readonly name: string;
  readonly space: string;
  readonly at: number;
}

const ACCESS_TYPES = ['OPEN', 'TRUSTED', 'RESTRICTED'];
const FILTER = /^space\.(name|meeting_code)\s*=\s*"([^"]+)"$/;
const FIELDS = ['accessType', 'entryPointAccess'] as const;

/** The spaces and conference records of Google Meet (Meet API v2). */
export class MeetDouble {
  readonly spaces: StoredSpace[] = [];
  /** Called for every change. */
  onChange: (change: MeetChange) => void = () => undefined;
  /** The most items of a page: "the service might return fewer than this value". */
  pageSize = 100;
  readonly #conferences: StoredConference[] = [];
  readonly #participants = new Map<string, { conference: string; kind: UserKind; displayName: string }>();
  readonly #sessions: StoredSession[] = [];
  readonly #page: (code: string) => string;
  readonly #now: () => number;
  #made = 0;

  /** @param page returns the address of the page of a meeting code */
  constructor(page: (code: string) => string, now: () => number) {
    this.#page = page;
    this.#now = now;
  }

  create(isOwn: boolean, config: Partial<StoredSpace['config']> = {}): StoredSpace {
    const letters = [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
    const code = `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7)}`;
    const space = {
      name: `spaces/${randomBytes(9).toString('base64url')}`,
      code,
      uri: this.#page(code),
      isOwn,
      config: { accessType: 'TRUSTED', entryPointAccess: 'ALL', ...config },
    };
    this.spaces.push(space);
    return space;
  }

  /** Removes a space, as if its account was deleted. @param name its name or code */
  forget(name: string): void {
    this.spaces.splice(this.spaces.indexOf(this.#space(name)!), 1);
  }

  /** Returns the space of a name or meeting code. */
  find(name: string): StoredSpace | undefined {
    return this.#space(name);
  }

  /**
   * Lets a person enter, which begins a conference if there is none.
   * @returns the name of the participant session @throws {Error} if the space is closed
   */
  join(space: string, displayName: string, options: { kind?: UserKind; at?: number } = {}): string {
    const { kind = 'anonymousUser', at = this.#now() } = options;
    const { name, config } = this.#space(space) ?? fail(`There is no space ${space}.`);
    if (config.entryPointAccess === 'CREATOR_APP_ONLY') fail(`${name} cannot be entered by its link.`);
    const conference = this.#conferenceOf(name) ?? this.#begin(name, at);
    const known = [...this.#participants].find(
      ([, one]) => one.conference === conference.name && one.kind === kind && one.displayName === displayName,
    );
    const participant = known?.[0] ?? `${conference.name}/participants/${++this.#made}`;
    this.#participants.set(participant, { conference: conference.name, kind, displayName });
    const session: StoredSession = {
      name: `${participant}/participantSessions/${++this.#made}`,
      participant,
      conference,
      startTime: at,
      endTime: null,
    };
    this.#sessions.push(session);
    this.onChange({ type: 'participant.v2.joined', name: session.name, space: name, at });
    return session.name;
  }

  /** Lets a person leave. The conference ends with the last one. */
  leave(sessionName: string, at = this.#now()): void {
    const session = this.#sessions.find(({ name }) => name === sessionName)!;
    session.endTime = at;
    const { conference } = session;
    this.onChange({ type: 'participant.v2.left', name: sessionName, space: conference.space, at });
    const isEmpty = this.#sessions.every((one) => one.conference !== conference || one.endTime !== null);
    if (isEmpty) this.#end(conference, at);
  }

  /** @param reads whether the token may read every space of the account, and not only those of the app */
  handle(
    method: string,
    path: string,
    query: URLSearchParams,
    json: unknown,
    scopes: { readonly own: boolean; readonly reads: boolean },
  ): Reply {
    if (path === '/spaces' && method === 'POST') {
      return scopes.own ? this.#createSpace(json) : insufficientScope();
    }
    const [, name = '', action] = /^\/(spaces\/[^/:]+)(?::(\w+))?$/.exec(path) ?? [];
    if (name !== '') return this.#handleSpace(method, name, action, query, json, scopes);
    if (method !== 'GET') return problem(404, 'NOT_FOUND', 'Method not found.');
    return this.#handleRecords(path.slice(1), query, scopes.reads);
  }

  #handleSpace(
    method: string,
    name: string,
    action: string | undefined,
    query: URLSearchParams,
    json: unknown,
    scopes: { readonly own: boolean; readonly reads: boolean },
  ): Reply {
    const space = this.#space(name);
    // The API does not tell missing spaces from those of others. With meetings.space.created, only spaces that the app has
    // created through this API can be changed.
    if (!space || (!space.isOwn && !(method === 'GET' && scopes.reads))) return denied();
    if (method === 'GET') return { status: 200, body: shown(space) };
    if (!scopes.own) return insufficientScope();
    // Only spaces.get takes a meeting code ("How Meet identifies a meeting space").
    if (space.name !== name) return denied();
    if (action === 'endActiveConference') {
      const active = this.#conferenceOf(name);
      if (active) this.#end(active, this.#now());
      return { status: 200, body: {} };
    }
    return this.#configure(space, query.get('updateMask')?.split(',') ?? [], json);
  }

  #createSpace(json: unknown): Reply {
    const config = (json as { config?: Partial<StoredSpace['config']> }).config ?? {};
    if (config.accessType !== undefined && !ACCESS_TYPES.includes(config.accessType)) {
      return problem(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.');
    }
    return { status: 200, body: shown(this.create(true, config)) };
  }

  /** Fields outside the mask do not change. */
  #configure(space: StoredSpace, mask: readonly string[], json: unknown): Reply {
    const { config } = json as { config: StoredSpace['config'] };
    for (const field of FIELDS) {
      if (mask.includes(`config.${field}`)) space.config = { ...space.config, [field]: config[field] };
    }
    return { status: 200, body: shown(space) };
  }

  #handleRecords(path: string, query: URLSearchParams, readsAll: boolean): Reply {
    const [collection = '', conference, kind, participant, sessions, session] = path.split('/');
    if (collection !== 'conferenceRecords') return problem(404, 'NOT_FOUND', 'Not found.');
    if (conference === undefined) return this.#list(query, readsAll);
    const record = this.#conferences.find(({ name }) => name === `conferenceRecords/${conference}`);
    if (!record || !(readsAll || this.#space(record.space)?.isOwn)) {
      return problem(404, 'NOT_FOUND', 'Requested entity was not found.');
    }
    const personName = `${record.name}/participants/${participant ?? ''}`;
    if (kind === undefined) return { status: 200, body: shownConference(record) };
    if (participant === undefined) {
      const names = [...this.#participants].filter(([, { conference: of }]) => of === record.name);
      return this.#paged(
        query,
        'participants',
        names.map(([name]) => this.#shownPerson(name)),
      );
    }
    if (!this.#participants.has(personName))
      return problem(404, 'NOT_FOUND', 'Requested entity was not found.');
    if (sessions === undefined) return { status: 200, body: this.#shownPerson(personName) };
    const own = this.#sessions.filter((one) => one.participant === personName);
    if (session === undefined) return this.#paged(query, 'participantSessions', own.map(shownSession));
    const one = own.find(({ name }) => name === path);
    return one ? { status: 200, body: shownSession(one) } : problem(404, 'NOT_FOUND', 'Not found.');
  }

  /** conferenceRecords.list: in descending order of the start. */
  #list(query: URLSearchParams, readsAll: boolean): Reply {
    const filter = query.get('filter');
    const [, field, value] = FILTER.exec(filter ?? '') ?? [];
    if (filter !== null && field === undefined) return problem(400, 'INVALID_ARGUMENT', 'Invalid filter.');
    const found = this.#conferences.filter(({ space }) => {
      const stored = this.spaces.find(({ name }) => name === space);
      if (!readsAll && !stored?.isOwn) return false;
      return field === undefined || (field === 'name' ? space === value : stored?.code === value);
    });
    const items = found.sort((left, right) => right.startTime - left.startTime).map(shownConference);
    return this.#paged(query, 'conferenceRecords', items);
  }

  #paged(query: URLSearchParams, key: string, items: readonly object[]): Reply {
    const start = Number(query.get('pageToken') ?? 0);
    const size = Math.min(Number(query.get('pageSize') ?? this.pageSize), this.pageSize);
    const hasMore = start + size < items.length;
    // A list without items is left out, as everywhere in JSON of protocol buffers.
    const page = items.slice(start, start + size);
    const body = {
      ...(page.length > 0 ? { [key]: page } : {}),
      ...(hasMore ? { nextPageToken: `${start + size}` } : {}),
    };
    return { status: 200, body };
  }

  #space(name: string): StoredSpace | undefined {
    const id = name.replace(/^spaces\//, '');
    return this.spaces.find((space) => space.name === `spaces/${id}` || space.code === id);
  }

  #conferenceOf(space: string): StoredConference | undefined {
    return this.#conferences.find((one) => one.space === space && one.endTime === null);
  }

  #begin(space: string, at: number): StoredConference {
    const name = `conferenceRecords/${randomBytes(12).toString('base64url')}`;
    const conference = { name, space, startTime: at, endTime: null };
    this.#conferences.push(conference);
    this.onChange({ type: 'conference.v2.started', name, space, at });
    return conference;
  }

  #end(conference: StoredConference, at: number): void {
    for (const session of this.#sessions) {
      if (session.conference !== conference || session.endTime !== null) continue;
      session.endTime = at;
      this.onChange({ type: 'participant.v2.left', name: session.name, space: conference.space, at });
    }
    conference.endTime = at;
    this.onChange({ type: 'conference.v2.ended', name: conference.name, space: conference.space, at });
  }

  #shownPerson(name: string): object {
    const { kind, displayName } = this.#participants.get(name)!;
    const user = kind === 'signedinUser' ? { user: 'users/1', displayName } : { displayName };
    const sessions = this.#sessions.filter((one) => one.participant === name);
    return { name, earliestStartTime: stamp(sessions[0]!.startTime), [kind]: user };
  }
}

function shown({ name, code, uri, config }: StoredSpace): object {
  return { name, meetingUri: uri, meetingCode: code, config };
}

function shownConference({ name, space, startTime, endTime }: StoredConference): object {
  return {
    name,
    space,
    startTime: stamp(startTime),
    ...(endTime === null ? {} : { endTime: stamp(endTime) }),
  };
}

function shownSession({ name, startTime, endTime }: StoredSession): object {
  return { name, startTime: stamp(startTime), ...(endTime === null ? {} : { endTime: stamp(endTime) }) };
}

/** Returns a time with the nine digits that protocol buffers allow. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace('Z', '000000Z');
}

function fail(message: string): never {
  throw new Error(message);
}

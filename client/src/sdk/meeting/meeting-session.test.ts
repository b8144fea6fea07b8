import type { MeetingView } from '@televisit/shared/provider-operations';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { VisitError } from '../core/errors.ts';
import { Store } from '../core/store.ts';
import { visitBootstrap } from '../testing/fakes.ts';
import { MeetingSession } from './meeting-session.ts';
import { newMeeting, type MeetingSlice } from './provider-meeting.ts';

const NINE = Date.parse('2026-01-01T09:00:00.000Z');
const VIEW: MeetingView = {
  provider: 'zoom',
  state: 'ready',
  status: 'scheduled',
  startedAt: null,
  endedAt: null,
  endReason: null,
  closesAt: '2026-01-01T11:00:00.000Z',
  people: [
    { userId: 'me', role: 'patient', displayName: null, present: false, hasLeft: false },
    { userId: 'doc1', role: 'doctor', displayName: 'Dr. Okafor', present: false, hasLeft: false },
  ],
  strangers: 0,
  token: null,
};
const ENTRY = { provider: 'zoom', url: 'https://zoom.example/1', credentials: null, expiresAt: null };

/** An answer of the server; without a status 200. */
interface Answer {
  readonly status?: number;
  readonly body: object;
  readonly retryAfter?: number;
}
const problem = (code: string, status = 503, retryAfter?: number): Answer => ({
  status,
  body: { code },
  ...(retryAfter !== undefined && { retryAfter }),
});

/** A server whose answers tests set, by the end of the path. */
class Server {
  view: Answer | 'unreachable' | 'silent' = { body: VIEW };
  /** The answers to requests for the way in, one each; the last one repeats. */
  entries: Answer[] = [{ body: ENTRY }];
  end: Answer = {
    body: { ...VIEW, status: 'ended', endedAt: '2026-01-01T09:30:00.000Z', endReason: 'host_ended' },
  };
  readonly requests: string[] = [];

  readonly fetch: typeof fetch = (input, init) => {
    const [, path = ''] = /\/meeting(.*)$/.exec(input as string) ?? [];
    this.requests.push(`${init?.method ?? 'GET'} ${path}`);
    const answer = path === '' ? this.view : path === '/end' ? this.end : this.#nextEntry();
    if (answer === 'unreachable') return Promise.reject(new TypeError('no network'));
    if (answer === 'silent') {
      return new Promise((_, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      );
    }
    const { status = 200, body, retryAfter } = answer;
    const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers }));
  };

  count(request: string): number {
    return this.requests.filter((one) => one === request).length;
  }

  #nextEntry(): Answer {
    const [next] = this.entries.length > 1 ? this.entries.splice(0, 1) : this.entries;
    return next!;
  }
}

function setUp() {
  const server = new Server();
  const visit = visitBootstrap();
  const zoom = { ...visit, session: { ...visit.session, provider: 'zoom' } } as const;
  const store = new Store<MeetingSlice>({
    meeting: newMeeting(zoom),
    connection: 'connected',
    startedAt: null,
    clockOffset: 5_000,
  });
  const heard: unknown[] = [];
  const session = new MeetingSession({
    store,
    ownId: 'me',
    request: () => ({ baseUrl: '', sessionId: 'sess_1', token: 'abc', fetch: server.fetch, now: () => NINE }),
    onToken: (token) => heard.push({ token }),
    onEntered: () => heard.push('entered'),
  });
  session.on('ended', (why) => heard.push(why));
  session.on('moved', () => heard.push('moved'));
  session.on('refused', ({ code }) => heard.push({ refused: code }));
  onTestFinished(() => session.close());
  const tick = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { server, store, session, heard, tick, meeting: () => store.state.meeting! };
}

beforeEach(() => void vi.useFakeTimers({ now: NINE }));
afterEach(() => void vi.useRealTimers());

const present = (...ids: string[]): MeetingView => ({
  ...VIEW,
  status: 'live',
  startedAt: '2026-01-01T09:00:00.000Z',
  people: VIEW.people.map((person) => ({ ...person, present: ids.includes(person.userId) })),
});

const left = (...ids: string[]): MeetingView => ({
  ...present(),
  people: VIEW.people.map((person) => ({ ...person, hasLeft: ids.includes(person.userId) })),
});

describe('MeetingSession.start()', () => {
  it('polls every three seconds, and less often while the page is hidden', async () => {
    const { server, session, tick } = setUp();
    session.start();
    await tick(0);
    await tick(6_000);
    expect(server.count('GET ')).toBe(3);
    session.setHidden(true);
    await tick(3_000);
    const before = server.count('GET ');
    await tick(11_000);
    expect(server.count('GET ')).toBe(before);
    session.setHidden(false);
    await tick(0);
    expect(server.count('GET ')).toBe(before + 1);
  });

  it('shows who is in, and since when by this device’s clock', async () => {
    const { server, store, session, heard, tick, meeting } = setUp();
    server.view = { body: { ...present('doc1'), strangers: 2 } };
    session.start();
    await tick(0);
    expect(meeting()).toMatchObject({ readiness: 'ready', stay: 'before', strangers: 2 });
    expect(meeting().people.map((person) => person.present)).toEqual([false, true]);
    expect(store.state.startedAt).toBe(NINE - 5_000);
    server.view = { body: present('me', 'doc1') };
    await tick(3_000);
    expect(meeting().stay).toBe('in');
    expect(heard).toContain('entered');
    server.view = { body: left('me') };
    await tick(3_000);
    expect(meeting().stay).toBe('out');
  });

  it('shows that the person left if they came and left between two polls', async () => {
    const { server, session, tick, meeting } = setUp();
    session.start();
    await tick(0);
    server.view = { body: left('me') };
    await tick(3_000);
    expect(meeting().stay).toBe('out');
  });

  it.each(['unreachable', problem('store_unavailable')] as const)(
    'reconnects after a poll failed (%o), and goes on polling',
    async (failure) => {
      const { server, store, session, tick } = setUp();
      server.view = failure;
      session.start();
      await tick(0);
      expect(store.state.connection).toBe('reconnecting');
      server.view = { body: VIEW };
      await tick(2_000);
      expect(store.state.connection).toBe('connected');
    },
  );

  it('treats a server that does not answer in time as unreachable', async () => {
    const { server, store, session, tick } = setUp();
    server.view = 'silent';
    session.start();
    await tick(10_000);
    expect(store.state.connection).toBe('reconnecting');
  });

  it('waits as long as the server asks for', async () => {
    const { server, session, tick } = setUp();
    server.view = problem('too_many_requests', 429, 30);
    session.start();
    await tick(29_000);
    expect(server.count('GET ')).toBe(1);
    await tick(1_000);
    expect(server.count('GET ')).toBe(2);
  });

  it('emits ended with time and reason when the visit is over', async () => {
    const { server, session, heard, tick } = setUp();
    server.view = server.end;
    session.start();
    await tick(0);
    expect(heard).toEqual([{ closedAt: NINE + 30 * 60_000, endReason: 'host_ended' }]);
  });

  it('emits moved when this server carries the visit', async () => {
    const { server, session, heard, tick } = setUp();
    server.view = { body: { ...VIEW, provider: 'sfu', state: 'own' } };
    session.start();
    await tick(0);
    expect(heard).toEqual(['moved']);
  });

  it('emits refused and stops polling when the person was removed', async () => {
    const { server, session, heard, tick } = setUp();
    server.view = problem('removed', 403);
    session.start();
    await tick(60_000);
    expect(heard).toEqual([{ refused: 'removed' }]);
    expect(server.requests).toHaveLength(1);
  });

  it('passes on a fresh token', async () => {
    const { server, session, heard, tick } = setUp();
    server.view = { body: { ...VIEW, token: 'fresh' } };
    session.start();
    await tick(0);
    expect(heard).toEqual([{ token: 'fresh' }]);
  });

  it('does nothing after close()', async () => {
    const { server, session, tick } = setUp();
    session.start();
    session.close();
    await tick(60_000);
    expect(server.requests).toHaveLength(1);
  });
});

describe('MeetingSession.open()', () => {
  it('resolves with the address, which stays in the state', async () => {
    const { session, heard, meeting } = setUp();
    const entry = { kind: 'address', url: 'https://zoom.example/1', expiresAt: null };
    await expect(session.open()).resolves.toEqual(entry);
    expect(meeting().opening).toEqual({ kind: 'open', entry });
    expect(heard).toEqual(['entered']);
  });

  it('resolves with credentials', async () => {
    const { server, session } = setUp();
    server.entries = [
      { body: { provider: 'agora', url: null, credentials: { token: 't' }, expiresAt: null } },
    ];
    await expect(session.open()).resolves.toEqual({ kind: 'credentials', credentials: { token: 't' } });
  });

  it('emits moved and resolves with own when this server carries the visit by now', async () => {
    const { server, session, heard } = setUp();
    server.entries = [{ body: { provider: 'sfu', url: null, credentials: null, expiresAt: null } }];
    await expect(session.open()).resolves.toEqual({ kind: 'own' });
    expect(heard).toEqual(['moved']);
  });

  it('asks again after Retry-After while the meeting is not ready, and says why', async () => {
    const { server, session, tick, meeting } = setUp();
    server.entries = [problem('meeting_not_ready', 503, 2), { body: ENTRY }];
    const opened = session.open();
    await tick(1_900);
    expect(meeting().opening).toEqual({ kind: 'asking', problem: 'meeting_not_ready' });
    expect(server.count('POST /open')).toBe(1);
    await tick(100);
    await expect(opened).resolves.toMatchObject({ kind: 'address' });
  });

  it.each(['provider_unavailable', 'internal_error', 'conflict'])('asks again after %s', async (code) => {
    const { server, session, tick, meeting } = setUp();
    server.entries = [problem(code), problem(code), { body: ENTRY }];
    const opened = session.open();
    await tick(0);
    expect(meeting().opening).toEqual({ kind: 'asking', problem: code });
    await tick(10_000);
    await expect(opened).resolves.toMatchObject({ kind: 'address' });
  });

  it('asks once for two calls at the same time', async () => {
    const { server, session } = setUp();
    await Promise.all([session.open(), session.open()]);
    expect(server.count('POST /open')).toBe(1);
    await session.open();
    expect(server.count('POST /open')).toBe(2);
  });

  it.each(['removed', 'session_over', 'not_open_yet', 'token_expired'])(
    'rejects and emits refused after %s',
    async (code) => {
      const { server, session, heard, meeting } = setUp();
      server.entries = [problem(code, 403)];
      await expect(session.open()).rejects.toMatchObject({ code });
      expect(heard).toEqual([{ refused: code }]);
      expect(meeting().opening).toEqual({ kind: 'closed' });
    },
  );

  it('rejects with closed when the session is closed during a pause', async () => {
    const { server, session, tick } = setUp();
    server.entries = [problem('meeting_not_ready', 503, 60)];
    const opened = session.open().catch((error: unknown) => error as VisitError);
    await tick(0);
    session.close();
    await expect(opened).resolves.toMatchObject({ code: 'closed' });
  });

  it('drops the entry when the visit moves to another provider', async () => {
    const { server, session, tick, meeting } = setUp();
    await session.open();
    server.view = { body: { ...VIEW, provider: 'jitsi' } };
    session.start();
    await tick(0);
    expect(meeting()).toMatchObject({ provider: 'jitsi', opening: { kind: 'closed' } });
  });
});

describe('MeetingSession.end()', () => {
  it('emits ended once the server has ended the visit', async () => {
    const { session, heard } = setUp();
    await session.end();
    expect(heard).toEqual([{ closedAt: NINE + 30 * 60_000, endReason: 'host_ended' }]);
  });

  it('rejects with the server’s code', async () => {
    const { server, session } = setUp();
    server.end = problem('forbidden', 403);
    await expect(session.end()).rejects.toMatchObject({ code: 'forbidden' });
  });
});

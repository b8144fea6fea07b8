import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelevisitError } from '@televisit/shared/errors';
import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { randomIds } from './ids.ts';
import { releaseEnded } from './scheduler.ts';
import type { SessionStore } from './session-store.ts';
import { Sessions, type Changed, type NewVisit, type Placement } from './sessions.ts';
import {
  BACKEND,
  created,
  EIGHT,
  GRACE,
  HOUR,
  RULES,
  MINUTE,
  NINE,
  PATIENT,
  seat,
} from './testing/sessions.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { feedbackCommand } from '../features/feedback/rules.ts';
import { moderationCommands } from '../features/moderation/moderation.ts';
import { shareCommands } from '../features/screen-share/rules.ts';
import { waitingCommands } from '../features/waiting-room/rules.ts';

/** The holder of a link that was never voided. */
const holder = (sub: string) => ({ sub, ver: 0 });
const plan: NewVisit = {
  appointmentId: 'appointment-1',
  idempotency: null,
  title: null,
  description: null,
  courseId: null,
  metadata: {},
  seats: [
    seat('doctor-1', 'doctor'),
    seat('patient-1', 'patient', { displayName: 'Pat', email: 'p@home.test' }),
  ],
  scheduledAt: NINE,
  durationMinutes: 30,
  options: DEFAULT_OPTIONS,
  hostNotes: null,
  region: null,
  returnUrl: null,
};

/** Sets up sessions on a real store whose writes a test can intercept. */
function domain(nodeIds: readonly string[] = ['sfu-1']) {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const store = SqliteStore.open(folder);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  /** Runs before the next write, like another process. */
  const rivals: (() => Promise<unknown>)[] = [];
  const watched = new Proxy<SessionStore>(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        if (name === 'insert' || name === 'update') await rivals.shift()?.();
        return method.apply(target, given);
      };
    },
  });
  const clock = new ManualClock(EIGHT);
  const reserved = new Map<string, number>();
  const count = (nodeId: string, by: number) => reserved.set(nodeId, (reserved.get(nodeId) ?? 0) + by);
  /** Nodes that accept no more visits. */
  const full = new Set<string>();
  const placement: Placement = {
    has: (nodeId) => nodeIds.includes(nodeId),
    takes: (nodeId) => nodeIds.includes(nodeId) && !full.has(nodeId),
    reserve: ({ exclude }) => {
      const nodeId = nodeIds.find((one) => one !== exclude && !full.has(one));
      if (!nodeId) throw new TelevisitError('no_capacity');
      count(nodeId, 1);
      return nodeId;
    },
    release: (nodeId) => count(nodeId, -1),
    look: () => Promise.resolve(),
    recount: () => undefined,
  };
  const made = (store: SessionStore) => {
    const sessions = new Sessions({ store, placement, clock, ids: randomIds, rules: RULES, graceMs: GRACE });
    sessions.onChange((changed) => releaseEnded(placement, changed));
    return sessions;
  };
  return { store, clock, rivals, reserved, full, sessions: made(watched), other: made(store) };
}

describe('create', () => {
  it('creates the session of an appointment and reserves a node', async () => {
    const { sessions, store, reserved } = domain();
    const { session, outcome } = await sessions.create(plan, BACKEND);
    expect(outcome).toBe('created');
    expect(await store.get(session.sessionId)).toEqual(session);
    expect(reserved.get('sfu-1')).toBe(1);
  });

  it('returns the existing session for the same appointment and seats', async () => {
    const { sessions, reserved } = domain();
    const { session } = await sessions.create(plan, BACKEND);
    expect(await sessions.create({ ...plan, title: 'Other' }, BACKEND)).toEqual({
      session,
      outcome: 'known',
    });
    expect(reserved.get('sfu-1')).toBe(1);
  });

  it('refuses other seats for the same appointment', async () => {
    const { sessions } = domain();
    await sessions.create(plan, BACKEND);
    const others = { ...plan, seats: [seat('doctor-2', 'doctor'), seat('patient-1', 'patient')] };
    await expect(sessions.create(others, BACKEND)).rejects.toMatchObject({ code: 'appointment_conflict' });
  });

  it('replays the same request with a known idempotency key and refuses another', async () => {
    const { sessions } = domain();
    const keyed = { ...plan, idempotency: { key: 'k', fingerprint: 'one' } };
    const { session } = await sessions.create(keyed, BACKEND);
    expect(await sessions.create({ ...keyed, appointmentId: 'made-up' }, BACKEND)).toEqual({
      session,
      outcome: 'replayed',
    });
    const other = { ...keyed, idempotency: { key: 'k', fingerprint: 'other' } };
    await expect(sessions.create(other, BACKEND)).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  it('returns the session of a process that won the race, without reserving a node', async () => {
    const { sessions, other, rivals, reserved } = domain();
    rivals.push(() => other.create(plan, BACKEND));
    const { outcome } = await sessions.create(plan, BACKEND);
    expect(outcome).toBe('known');
    expect(reserved.get('sfu-1')).toBe(1);
  });

  it('releases the node when storing fails', async () => {
    const { sessions, rivals, reserved } = domain();
    rivals.push(() => Promise.reject(new TelevisitError('store_unavailable')));
    await expect(sessions.create(plan, BACKEND)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(reserved.get('sfu-1')).toBe(0);
  });
});

/** Creates a visit whose window is open. */
async function openVisit(nodeIds?: readonly string[]) {
  const parts = domain(nodeIds);
  const { session } = await parts.sessions.create(plan, BACKEND);
  parts.clock.advance(NINE - EIGHT);
  return { ...parts, sessionId: session.sessionId };
}

describe('changes', () => {
  it('are decided again after losing a race', async () => {
    const { sessions, other, rivals, sessionId, store } = await openVisit();
    rivals.push(() => other.end(sessionId, 'backend_ended', BACKEND));
    await expect(sessions.enter(sessionId, 'patient-1')).rejects.toMatchObject({ code: 'session_over' });
    expect(await store.get(sessionId)).toMatchObject({ status: 'ended', intervals: [] });
  });

  it('fail with conflict after losing every race', async () => {
    const { sessions, other, rivals, sessionId } = await openVisit();
    for (let race = 0; race < 16; race++) {
      rivals.push(() => other.update(sessionId, () => ({ title: `Title ${race}` }), BACKEND));
    }
    await expect(sessions.start(sessionId, BACKEND)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of one process are queued, so that concurrent ones all succeed', async () => {
    const { sessions, sessionId, store } = await openVisit();
    await Promise.all([
      sessions.enter(sessionId, 'doctor-1'),
      sessions.enter(sessionId, 'patient-1'),
      sessions.apply(
        sessionId,
        feedbackCommand('patient-1', { rating: 5, comment: null }, { userId: 'patient-1' }),
      ),
      ...Array.from({ length: 40 }, (_, race) =>
        sessions.update(sessionId, () => ({ title: `Title ${race}` }), BACKEND),
      ),
    ]);
    const history = await store.history(sessionId);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
    expect(await store.get(sessionId)).toMatchObject({ title: 'Title 39', version: 44 });
  });

  it('continue after a failed one', async () => {
    const { sessions, rivals, sessionId } = await openVisit();
    rivals.push(() => Promise.reject(new TelevisitError('store_unavailable')));
    const [lost, kept] = await Promise.allSettled([
      sessions.start(sessionId, BACKEND),
      sessions.start(sessionId, BACKEND),
    ]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    expect(kept).toMatchObject({ status: 'fulfilled', value: { status: 'live' } });
  });

  it('notify listeners after they are stored', async () => {
    const { sessions, sessionId } = await openVisit();
    const heard: Changed[] = [];
    sessions.onChange((changed) => heard.push(changed));
    await sessions.start(sessionId, BACKEND);
    await sessions.start(sessionId, BACKEND);
    expect(heard).toMatchObject([
      { previous: { status: 'scheduled' }, next: { status: 'live' }, events: [{ type: 'meeting.started' }] },
    ]);
  });

  it('release the node once when a visit ends', async () => {
    const { sessions, sessionId, reserved } = await openVisit();
    await sessions.cancel(sessionId, BACKEND);
    await sessions.cancel(sessionId, BACKEND);
    await sessions.apply(sessionId, feedbackCommand('patient-1', { rating: 1, comment: null }, BACKEND));
    expect(reserved.get('sfu-1')).toBe(0);
  });

  it.each([
    ['get', (sessions: Sessions) => sessions.get('sess_none')],
    ['admit', (sessions: Sessions) => sessions.admit('sess_none', holder('patient-1'))],
    ['start', (sessions: Sessions) => sessions.start('sess_none', BACKEND)],
    ['enter', (sessions: Sessions) => sessions.enter('sess_none', 'patient-1')],
    ['erase', (sessions: Sessions) => sessions.erase('sess_none', 'patient-1', 'x', BACKEND)],
  ])('%s throws session_not_found for an unknown session', async (_, run) => {
    await expect(run(domain().sessions)).rejects.toMatchObject({ code: 'session_not_found' });
  });
});

describe('enter and leave', () => {
  it('record attendance', async () => {
    const { sessions, sessionId, clock } = await openVisit();
    await sessions.enter(sessionId, 'patient-1');
    clock.advance(MINUTE);
    const { intervals } = await sessions.leave(await sessions.get(sessionId), 'patient-1', {
      at: NINE + MINUTE,
      reason: 'left',
    });
    expect(intervals).toMatchObject([{ seat: PATIENT, joinedAt: NINE, leftAt: NINE + MINUTE }]);
  });

  it.each([
    ['the user has no seat', 'stranger', NINE, 'removed'],
    ['the window is not open', 'patient-1', NINE - 16 * MINUTE, 'not_open_yet'],
    ['the window has closed', 'patient-1', NINE + HOUR, 'session_over'],
  ])('enter is refused if %s', async (_, userId, at, code) => {
    const { sessions, clock } = domain();
    const { session } = await sessions.create(plan, BACKEND);
    clock.advance(at - EIGHT);
    await expect(sessions.enter(session.sessionId, userId)).rejects.toMatchObject({ code });
  });

  it('dismiss closes the attendance of a participant, who may return', async () => {
    const { sessions, sessionId } = await openVisit();
    await sessions.enter(sessionId, 'patient-1');
    const { intervals } = await sessions.dismiss(sessionId, 'patient-1', BACKEND);
    expect(intervals).toMatchObject([{ leftAt: NINE, reason: 'dismissed' }]);
    expect((await sessions.enter(sessionId, 'patient-1')).intervals).toHaveLength(2);
  });

  it('remove closes the attendance of a participant, who may not return', async () => {
    const { sessions, sessionId } = await openVisit();
    await sessions.enter(sessionId, 'patient-1');
    await sessions.remove(sessionId, 'patient-1', BACKEND);
    await expect(sessions.enter(sessionId, 'patient-1')).rejects.toMatchObject({ code: 'removed' });
    await expect(sessions.admit(sessionId, holder('patient-1'))).rejects.toMatchObject({ code: 'removed' });
  });

  it.each(['dismiss', 'remove'] as const)(
    '%s throws participant_not_found without a seat',
    async (action) => {
      const { sessions, sessionId } = await openVisit();
      await expect(sessions[action](sessionId, 'stranger', BACKEND)).rejects.toMatchObject({
        code: 'participant_not_found',
      });
    },
  );

  it('end by a participant records the index of their seat', async () => {
    const { sessions, sessionId } = await openVisit();
    const { endedBy } = await sessions.end(sessionId, 'host_ended', { userId: 'doctor-1' });
    expect(endedBy).toEqual({ type: 'participant', seat: 0 });
  });
});

describe('the waiting room', () => {
  it('records waits and admissions with their actors', async () => {
    const { sessions, sessionId, store, clock } = await openVisit();
    await sessions.apply(sessionId, waitingCommands.wait('patient-1'));
    await sessions.apply(sessionId, waitingCommands.wait('patient-1'));
    clock.advance(MINUTE);
    const { seats } = await sessions.apply(
      sessionId,
      waitingCommands.admit('patient-1', { userId: 'doctor-1' }),
    );
    expect(seats[PATIENT]).toMatchObject({ waitingSince: null, admittedAt: NINE + MINUTE });
    await sessions.apply(sessionId, waitingCommands.wait('patient-1'));
    await sessions.apply(sessionId, waitingCommands.decline('patient-1', { userId: 'doctor-1' }));
    await sessions.apply(sessionId, waitingCommands.wait('patient-1'));
    await sessions.apply(sessionId, waitingCommands.stopWaiting('patient-1'));
    const { version } = await sessions.apply(sessionId, waitingCommands.stopWaiting('patient-1'));
    expect(version).toBe((await store.get(sessionId))?.version);
    const facts = (await store.history(sessionId)).slice(1);
    const [patient, doctor] = [1, 0].map((seat) => ({ type: 'participant', seat }));
    expect(facts.map(({ type, by }) => [type, by])).toEqual([
      ['participant.waiting', patient],
      ['participant.admitted', doctor],
      ['participant.waiting', patient],
      ['participant.declined', doctor],
      ['participant.waiting', patient],
    ]);
  });

  it.each([
    ['the user has no seat', 'stranger', NINE, 'removed'],
    ['the window is not open', 'patient-1', NINE - 16 * MINUTE, 'not_open_yet'],
    ['the window has closed', 'patient-1', NINE + HOUR, 'session_over'],
  ])('refuses a wait if %s', async (_, userId, at, code) => {
    const { sessions, clock } = domain();
    const { session } = await sessions.create(plan, BACKEND);
    clock.advance(at - EIGHT);
    await expect(sessions.apply(session.sessionId, waitingCommands.wait(userId))).rejects.toMatchObject({
      code,
    });
  });

  it.each(['admit', 'decline'] as const)('%s is refused for a person who is not waiting', async (action) => {
    const { sessions, sessionId } = await openVisit();
    const answer = (userId: string) => sessions.apply(sessionId, waitingCommands[action](userId, BACKEND));
    await expect(answer('stranger')).rejects.toMatchObject({ code: 'participant_not_found' });
    await expect(answer('patient-1')).rejects.toMatchObject({ code: 'not_waiting' });
  });

  it('accepts one of two concurrent answers of hosts', async () => {
    const { sessions, other, rivals, sessionId, store } = await openVisit();
    await sessions.apply(sessionId, waitingCommands.wait('patient-1'));
    rivals.push(() => other.apply(sessionId, waitingCommands.decline('patient-1', { userId: 'doctor-1' })));
    await expect(
      sessions.apply(sessionId, waitingCommands.admit('patient-1', { userId: 'doctor-1' })),
    ).rejects.toMatchObject({ code: 'not_waiting' });
    expect((await store.get(sessionId))?.seats[PATIENT]).toMatchObject({ admittedAt: null });
  });
});

describe('host actions', () => {
  it('are stored once, with the host’s seat', async () => {
    const { sessions, sessionId, store } = await openVisit();
    const doctor = { userId: 'doctor-1' };
    for (let time = 0; time < 2; time++) {
      await sessions.apply(sessionId, moderationCommands.setLocked(true, doctor));
      await sessions.apply(sessionId, shareCommands.allow(false, doctor));
      await sessions.update(sessionId, () => ({ hostNotes: 'Ask about the lab.' }), doctor);
    }
    const session = await store.get(sessionId);
    expect(session).toMatchObject({
      locked: true,
      screenShareAllowed: false,
      hostNotes: 'Ask about the lab.',
      version: 4,
    });
    const facts = (await store.history(sessionId)).slice(1);
    expect(facts).toMatchObject([
      { type: 'room.locked', by: { seat: 0 } },
      { type: 'screen_share.forbidden', by: { seat: 0 } },
      { type: 'session.updated', fields: ['hostNotes'], by: { seat: 0 } },
    ]);
    expect((await sessions.update(sessionId, () => ({ hostNotes: null }), doctor)).hostNotes).toBeNull();
  });

  it('are refused after the end', async () => {
    const { sessions, sessionId } = await openVisit();
    await sessions.end(sessionId, 'host_ended', BACKEND);
    await expect(
      sessions.apply(sessionId, moderationCommands.setLocked(true, BACKEND)),
    ).rejects.toMatchObject({
      code: 'session_over',
    });
    await expect(sessions.update(sessionId, () => ({ hostNotes: 'x' }), BACKEND)).rejects.toMatchObject({
      code: 'session_closed',
    });
  });
});

describe('a present participant', () => {
  it('has screen shares and degraded quality recorded', async () => {
    const { sessions, sessionId, clock, store } = await openVisit();
    await sessions.degraded(sessionId, 'patient-1');
    await sessions.enter(sessionId, 'patient-1');
    await sessions.apply(sessionId, shareCommands.start('patient-1'));
    clock.advance(MINUTE);
    await sessions.degraded(sessionId, 'patient-1');
    await sessions.apply(sessionId, shareCommands.stop('patient-1'));
    await sessions.apply(sessionId, shareCommands.stop('stranger'));
    await sessions.leave(await sessions.get(sessionId), 'patient-1', {
      at: NINE + MINUTE,
      reason: 'left',
      impairedMs: 90_000,
    });
    expect(await store.get(sessionId)).toMatchObject({
      shares: [{ seat: PATIENT, startedAt: NINE, endedAt: NINE + MINUTE }],
      // Limited to the length of the interval.
      intervals: [{ impairedMs: MINUTE }],
    });
    const types = (await store.history(sessionId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'quality.degraded')).toHaveLength(1);
    await expect(sessions.apply(sessionId, shareCommands.start('stranger'))).rejects.toMatchObject({
      code: 'participant_not_found',
    });
  });
});

describe('issueLink', () => {
  it('records the link without changing the session', async () => {
    const { sessions, sessionId, store } = await openVisit();
    const { version } = await sessions.issueLink(sessionId, 'patient-1', 'patient', BACKEND);
    expect(version).toBe(1);
    expect((await store.history(sessionId)).at(-1)).toEqual({
      type: 'link.issued',
      seat: PATIENT,
      seq: null,
      at: NINE,
      by: BACKEND,
    });
  });

  it.each([
    ['another role', 'patient-1', 'doctor'],
    ['the user has no seat', 'stranger', 'patient'],
  ])('refuses %s without recording a link', async (_, userId, role) => {
    const { sessions, sessionId, store } = await openVisit();
    await expect(sessions.issueLink(sessionId, userId, role, BACKEND)).rejects.toMatchObject({
      code: 'seat_mismatch',
    });
    expect(await store.history(sessionId)).toHaveLength(1);
  });

  it('refuses a removed user', async () => {
    const { sessions, sessionId } = await openVisit();
    await sessions.remove(sessionId, 'patient-1', BACKEND);
    await expect(sessions.issueLink(sessionId, 'patient-1', 'patient', BACKEND)).rejects.toMatchObject({
      code: 'removed',
    });
  });
});

describe('admit', () => {
  /** Creates a visit on a node that is lost. */
  async function stranded() {
    const parts = domain(['sfu-2']);
    const { next, events } = created({ ...plan, sessionId: 'sess_stranded' });
    await parts.store.insert({ next, events });
    parts.clock.advance(NINE - EIGHT);
    return { ...parts, sessionId: 'sess_stranded' };
  }

  it('leaves a visit on its node while that is available', async () => {
    const { sessions, sessionId } = await openVisit();
    expect((await sessions.admit(sessionId, holder('patient-1'))).placement).toEqual({
      nodeId: 'sfu-1',
      epoch: 1,
    });
  });

  it('places a visit again when its node is lost', async () => {
    const { sessions, sessionId, reserved } = await stranded();
    expect((await sessions.admit(sessionId, holder('patient-1'))).placement).toEqual({
      nodeId: 'sfu-2',
      epoch: 2,
    });
    expect(reserved.get('sfu-2')).toBe(1);
  });

  it('places a visit once when two participants enter concurrently', async () => {
    const { sessions, sessionId, reserved } = await stranded();
    const both = await Promise.all([
      sessions.admit(sessionId, holder('doctor-1')),
      sessions.admit(sessionId, holder('patient-1')),
    ]);
    expect(both.map(({ placement }) => placement.epoch)).toEqual([2, 2]);
    expect(reserved.get('sfu-2')).toBe(1);
  });

  it('moves a visit off a node that accepts no more visits, unless it has participants', async () => {
    const { sessions, store, clock, full, reserved } = domain(['sfu-1', 'sfu-2']);
    for (const name of ['empty', 'occupied']) {
      await store.insert(created({ sessionId: `sess_${name}`, appointmentId: name }));
    }
    clock.advance(NINE - EIGHT);
    await sessions.enter('sess_occupied', 'doctor-1');
    full.add('sfu-1');
    const admitted = (name: string) => sessions.admit(`sess_${name}`, holder('patient-1'));
    expect((await admitted('empty')).placement).toEqual({ nodeId: 'sfu-2', epoch: 2 });
    expect((await admitted('occupied')).placement).toEqual({ nodeId: 'sfu-1', epoch: 1 });
    expect(Object.fromEntries(reserved)).toEqual({ 'sfu-1': -1, 'sfu-2': 1 });
  });

  it('leaves a visit on a node that accepts no more visits when no other node does', async () => {
    const { sessions, store, clock, full } = domain();
    await store.insert(created());
    clock.advance(NINE - EIGHT);
    full.add('sfu-1');
    expect((await sessions.admit('sess_00000001', holder('doctor-1'))).placement).toEqual({
      nodeId: 'sfu-1',
      epoch: 1,
    });
  });

  it('throws no_capacity when the node is lost and there is no other', async () => {
    const { sessions, store, clock, full } = domain(['sfu-2']);
    await store.insert(created());
    clock.advance(NINE - EIGHT);
    full.add('sfu-2');
    await expect(sessions.admit('sess_00000001', holder('doctor-1'))).rejects.toMatchObject({
      code: 'no_capacity',
    });
  });

  it('releases the node when placing fails', async () => {
    const { sessions, sessionId, rivals, reserved } = await stranded();
    rivals.push(() => Promise.reject(new TelevisitError('store_unavailable')));
    await expect(sessions.admit(sessionId, holder('doctor-1'))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(reserved.get('sfu-2')).toBe(0);
  });
});

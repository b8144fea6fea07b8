import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { currentMeeting, nextStep } from '../domain/meeting-steps.ts';
import type { Store } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import { BACKEND, EIGHT, HOUR, MINUTE, NINE } from '../domain/testing/sessions.ts';
import type { MeetingPlan } from './meeting-provider.ts';
import { ProviderError } from './provider-error.ts';
import { meetingProcess, OPENS, storeOf } from './testing/meeting-fixture.ts';
import { ScriptedProvider } from './testing/scripted-provider.ts';

const DOWN = new ProviderError('unavailable', 'zoom answered with 503', { code: '503' });
const REFUSED = new ProviderError('refused', 'zoom refuses the host', { code: '3161' });

/** Books a visit at Zoom and goes to the time at which its window opens. */
async function atOpening(options: Parameters<typeof meetingProcess>[1] = {}, only = false) {
  const zoom = new ScriptedProvider('zoom');
  const process = meetingProcess([zoom], options);
  const { sessionId } = await process.book(null, only);
  process.clock.advance(OPENS - process.clock.now());
  return { ...process, zoom, sessionId };
}

describe('Provisioner.advance', () => {
  it('makes no call before ten minutes ahead of the window', async () => {
    const zoom = new ScriptedProvider('zoom');
    const { book, clock, provisioner } = meetingProcess([zoom]);
    const { sessionId } = await book();
    clock.advance(OPENS - 10 * MINUTE - 1 - EIGHT);
    await provisioner.advance(sessionId);
    expect(zoom.calls).toEqual(['check']);
    clock.advance(1);
    expect(currentMeeting(await provisioner.advance(sessionId))?.state).toBe('ready');
    expect(zoom.meetings).toHaveLength(1);
  });

  it('tells the provider no names, and the window of the visit', async () => {
    const { provisioner, sessionId, zoom } = await atOpening();
    await provisioner.advance(sessionId);
    const [meeting] = zoom.meetings;
    expect(meeting?.plan).toMatchObject({ scheduledAt: NINE, durationMinutes: 30, opensAt: OPENS });
    expect(
      meeting?.plan.people.map(({ userId, displayName, email }) => [userId, displayName, email]),
    ).toEqual([
      ['doctor-1', null, null],
      ['patient-1', null, null],
      ['interpreter-1', null, null],
    ]);
    expect(meeting?.plan.roomName).toMatch(/^tv-[\da-f]{32}$/);
  });

  it('moves, cancels and ends the meeting with the visit', async () => {
    const { provisioner, sessions, sessionId, zoom } = await atOpening();
    await provisioner.advance(sessionId);
    await sessions.update(sessionId, () => ({ durationMinutes: 60 }), BACKEND);
    await provisioner.advance(sessionId);
    expect(zoom.meetings[0]?.plan.durationMinutes).toBe(60);
    await sessions.end(sessionId, 'backend_ended', BACKEND);
    await provisioner.advance(sessionId);
    expect(zoom.meetings[0]?.state).toBe('ended');
    expect(zoom.calls).toEqual(['check', 'create', 'update', 'end']);
  });

  it('does not ask a provider to end a meeting if it cannot', async () => {
    const jitsi = new ScriptedProvider('jitsi', { endMeeting: false });
    const { book, clock, provisioner, sessions } = meetingProcess([jitsi]);
    const { sessionId } = await book();
    clock.advance(OPENS - EIGHT);
    await provisioner.advance(sessionId);
    await sessions.end(sessionId, 'backend_ended', BACKEND);
    expect((await provisioner.advance(sessionId)).meetings[0]?.state).toBe('over');
    expect(jitsi.calls).toEqual(['check', 'create']);
  });

  it('creates a meeting again that the provider has lost', async () => {
    const { provisioner, sessions, sessionId, zoom } = await atOpening();
    await provisioner.advance(sessionId);
    zoom.meetings[0]!.state = 'cancelled';
    await sessions.update(sessionId, () => ({ durationMinutes: 60 }), BACKEND);
    await provisioner.advance(sessionId);
    expect(zoom.open).toHaveLength(1);
    expect(zoom.open[0]?.plan.durationMinutes).toBe(60);
  });

  it('gives the session to the next provider if the first one refuses it', async () => {
    const { provisioner, sessions, sessionId, zoom, store } = await atOpening();
    zoom.fail(REFUSED);
    const session = await provisioner.advance(sessionId);
    expect(session).toMatchObject({ provider: 'sfu', providerReason: 'zoom_refused_3161' });
    const types = (await store.history(sessionId)).map(({ type }) => type);
    expect(types).toContain('session.provider_changed');
    expect((await sessions.get(sessionId)).fallbacks).toEqual([]);
  });

  it('waits for a provider that does not answer until the window opens', async () => {
    const zoom = new ScriptedProvider('zoom');
    const { book, clock, provisioner, providers } = meetingProcess([zoom]);
    const { sessionId } = await book();
    zoom.fail(DOWN);
    clock.advance(OPENS - 10 * MINUTE - EIGHT);
    const waiting = await provisioner.advance(sessionId);
    expect(waiting.provider).toBe('zoom');
    expect(currentMeeting(waiting)).toMatchObject({ state: 'creating', error: 'zoom_unavailable_503' });
    clock.advance(10 * MINUTE);
    expect((await provisioner.advance(sessionId)).provider).toBe('sfu');
    expect(await providers.isAvailable('zoom')).toBe(false);
  });

  it('keeps trying the last provider', async () => {
    const { provisioner, sessionId, zoom, clock } = await atOpening({}, true);
    zoom.fail(DOWN);
    expect((await provisioner.advance(sessionId)).provider).toBe('zoom');
    zoom.fail(null);
    await provisioner.advance(sessionId);
    expect(zoom.open).toHaveLength(0);
    clock.advance(5000);
    expect(currentMeeting(await provisioner.advance(sessionId))?.state).toBe('ready');
  });

  it('adds the records of the provider to the attendance', async () => {
    const { provisioner, sessions, sessionId, zoom, inbox, clock } = await atOpening();
    await provisioner.advance(sessionId);
    clock.advance(NINE + HOUR - clock.now());
    await sessions.expire(sessionId);
    zoom.records = [
      {
        startedAt: NINE,
        endedAt: NINE + 9 * MINUTE,
        stays: [{ id: 'x', person: { userId: 'doctor-1' }, joinedAt: NINE, leftAt: NINE + 9 * MINUTE }],
      },
    ];
    await provisioner.advance(sessionId);
    clock.advance(30_000);
    await provisioner.advance(sessionId);
    inbox.start();
    await expect.poll(async () => (await sessions.get(sessionId)).intervals).toHaveLength(1);
    expect((await sessions.get(sessionId)).endReason).toBe('window_closed');
  });

  it('leaves one meeting, or none of a cancelled visit, wherever processes die', async () => {
    const died = new Error('The process died.');
    const action = fc.constantFrom('nothing', 'cancel', 'longer', 'end' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ writes: fc.nat(4), calls: fc.nat(3), late: fc.boolean(), action }), {
          maxLength: 4,
        }),
        async (deaths) => {
          const zoom = new ScriptedProvider('zoom');
          const clock = new ManualClock(EIGHT);
          const store = storeOf();
          const first = meetingProcess([zoom], { store, clock });
          const { sessionId } = await first.book(null, true);
          clock.advance(OPENS - EIGHT);
          for (const [index, { writes, calls, late, action: act }] of deaths.entries()) {
            // A dead process neither writes nor hears from the provider: all that it awaits never comes.
            let alive = true;
            let left = { writes, calls };
            const update: typeof store.update = (change) => {
              if (alive && left.writes-- > 0) return store.update(change);
              alive = false;
              return Promise.reject(died);
            };
            const dying: Store = {
              ...store,
              get: (id) => store.get(id),
              update,
            };
            const die = () => {
              if (alive && left.calls-- > 0) return;
              alive = false;
              throw died;
            };
            zoom.before = late ? () => undefined : die;
            zoom.after = late ? die : () => undefined;
            const process = meetingProcess([zoom], { store: dying, clock, owner: `process-${index + 2}` });
            await process.provisioner.advance(sessionId).catch(() => undefined);
            zoom.before = () => undefined;
            zoom.after = () => undefined;
            left = { writes: 9, calls: 9 };
            if (act === 'cancel') await first.sessions.cancel(sessionId, BACKEND).catch(() => undefined);
            if (act === 'end')
              await first.sessions.end(sessionId, 'backend_ended', BACKEND).catch(() => undefined);
            if (act === 'longer') {
              await first.sessions
                .update(sessionId, () => ({ durationMinutes: 45 + index }), BACKEND)
                .catch(() => undefined);
            }
            clock.advance(31_000);
          }
          let session: Session = await first.sessions.get(sessionId);
          for (let round = 0; round < 12 && nextStep(session)?.kind !== 'ask'; round++) {
            session = await first.provisioner.advance(sessionId);
            clock.advance(5 * MINUTE);
          }
          const wanted = session.status === 'scheduled' ? 1 : 0;
          expect(zoom.open.map(({ plan }) => plan.durationMinutes)).toEqual(
            Array.from({ length: wanted }, () => session.durationMinutes),
          );
          expect(zoom.meetings.length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the entry in an outside calendar up to date, and removes that of a cancelled visit', async () => {
    const calls: string[] = [];
    const calendar = {
      put: ({ durationMinutes }: MeetingPlan) => Promise.resolve(void calls.push(`put ${durationMinutes}`)),
      remove: () => Promise.resolve(void calls.push('remove')),
    };
    const { book, provisioner, sessions } = meetingProcess([], { calendar });
    const { sessionId } = await book();
    await provisioner.advance(sessionId);
    await provisioner.advance(sessionId);
    await sessions.update(sessionId, () => ({ durationMinutes: 60 }), BACKEND);
    await provisioner.advance(sessionId);
    await sessions.cancel(sessionId, BACKEND);
    await provisioner.advance(sessionId);
    expect(calls).toEqual(['put 30', 'put 60', 'remove']);
  });

  it('keeps the calendar entry of a visit that took place, and never falls back because of a calendar', async () => {
    let isDown = true;
    const calls: string[] = [];
    const calendar = {
      put: () => (isDown ? Promise.reject(DOWN) : Promise.resolve(void calls.push('put'))),
      remove: () => Promise.resolve(void calls.push('remove')),
    };
    const zoom = new ScriptedProvider('zoom');
    const { book, provisioner, sessions, clock } = meetingProcess([zoom], { calendar });
    const { sessionId } = await book();
    expect((await provisioner.advance(sessionId)).provider).toBe('zoom');
    isDown = false;
    clock.advance(5000);
    await provisioner.advance(sessionId);
    await sessions.end(sessionId, 'backend_ended', BACKEND);
    expect(nextStep(await provisioner.advance(sessionId))).toBeNull();
    expect(calls).toEqual(['put']);
  });
});

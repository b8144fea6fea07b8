import type {
  MeetingEvent,
  MeetingLink,
  MeetingPerson,
  MeetingPlan,
  MeetingProvider,
  MeetingRef,
  WebhookRequest,
} from '@televisit/server/providers/meeting-provider';
import { ProviderError } from '@televisit/server/providers/provider-error';
import type { TelevisitError } from '@televisit/shared/errors';
import { describe, expect, it } from 'vitest';
import { describeFailover } from './meeting-failover.ts';
import type { ProviderHarness, SourceEvent } from './meeting-harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const DOCTOR: MeetingPerson = {
  userId: 'doctor-7',
  alias: 'a-3f9c2e1b7d',
  isHost: true,
  canPublish: true,
  displayName: null,
  email: null,
  language: 'de',
};
export const PATIENT: MeetingPerson = {
  ...DOCTOR,
  userId: 'patient-9',
  alias: 'b-81d4c7a02e',
  isHost: false,
};

/** Returns a plan for a visit of two people that begins in ten minutes. */
export function planAt(now: number, changes: Partial<MeetingPlan> = {}): MeetingPlan {
  const scheduledAt = Math.ceil((now + 10 * MINUTE) / 1000) * 1000;
  return {
    sessionId: 'sess_4f1d6a2b9c3e',
    generation: 1,
    roomName: 'tv-9f3b2c7d1e4a5b6c8d7e',
    scheduledAt,
    durationMinutes: 30,
    opensAt: scheduledAt - 15 * MINUTE,
    closesAt: scheduledAt + HOUR,
    timeZone: 'Europe/Berlin',
    waitingRoom: false,
    people: [DOCTOR, PATIENT],
    ...changes,
  };
}

/** Returns a meeting with what a link wants to keep in it, as the core stores it. */
export function remembering(meeting: MeetingRef, ...links: readonly MeetingLink[]): MeetingRef {
  return { ...meeting, data: links.reduce((data, { remember }) => ({ ...data, ...remember }), meeting.data) };
}

const never = () => new AbortController().signal;

/** Returns the `ProviderError` with which a call fails. */
async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

/** The contract of every adapter of a meeting provider. */
export function describeProvider(name: string, harness: ProviderHarness): void {
  describe(`MeetingProvider of ${name}`, () => {
    describeLinks(harness);
    describeEnds(harness);
    describeStoredMeetings(harness);
    describeFailures(harness);
    describeWebhooks(harness);
    describeRecords(harness);
    describeFailover(harness);

    it('check passes if the settings are right', async () => {
      const { provider } = await harness.start();
      const results = await provider.check(never());
      expect(results.length).toBeGreaterThan(0);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    });

    it('declares the capabilities that its documentation lists', async () => {
      const { provider } = await harness.start();
      expect(provider.capabilities).toEqual(harness.capabilities);
    });
  });
}

/** Starts an adapter and creates the meeting of a plan. */
async function created(harness: ProviderHarness, changes: Partial<MeetingPlan> = {}) {
  const under = await harness.start();
  const plan = planAt(under.now(), changes);
  const meeting = await under.provider.create(plan, false, never());
  return { ...under, plan, meeting };
}

/** Creates a meeting and lets the doctor and the patient ask for their links, as the join page does. */
async function linked(harness: ProviderHarness) {
  const under = await created(harness);
  const { provider, meeting, plan } = under;
  const host = await provider.link(meeting, plan, DOCTOR, never());
  const guest = await provider.link(remembering(meeting, host), plan, PATIENT, never());
  return {
    ...under,
    meeting: remembering(meeting, host, guest),
    doctor: { person: DOCTOR, link: host },
    patient: { person: PATIENT, link: guest },
  };
}

function describeLinks(harness: ProviderHarness): void {
  it('link admits the host as host, and the guest not as host', async () => {
    const { admits, doctor, patient } = await linked(harness);
    if (harness.capabilities.roles !== 'none') {
      expect(await admits(doctor.link.entry, DOCTOR)).toEqual({ asHost: true });
    }
    expect(await admits(patient.link.entry, PATIENT)).toEqual({ asHost: false });
  });

  it('link admits a person who asks again', async () => {
    const { provider, meeting, plan, admits, patient } = await linked(harness);
    for (let click = 0; click < 4; click++) {
      const again = await provider.link(meeting, plan, PATIENT, never());
      expect(again.entry.kind).toBe(patient.link.entry.kind);
      expect(await admits(again.entry, PATIENT)).toEqual({ asHost: false });
    }
  });

  it('link admits a person who was added after the meeting was created', async () => {
    const { provider, meeting, plan, admits } = await created(harness);
    const guest: MeetingPerson = { ...PATIENT, userId: 'interpreter-1', alias: 'c-5e0b9d3f6a' };
    const wider = { ...plan, people: [...plan.people, guest] };
    const updated = await provider.update(meeting, wider, never());
    const { entry } = await provider.link(updated, wider, guest, never());
    expect(await admits(entry, guest)).toEqual({ asHost: false });
  });

  it('create, update and link work with a waiting room', async () => {
    const { provider, meeting, plan, admits } = await created(harness, { waitingRoom: true });
    const updated = await provider.update(meeting, plan, never());
    const { entry } = await provider.link(updated, plan, PATIENT, never());
    expect(await admits(entry, PATIENT)).toEqual({ asHost: false });
  });

  it('link says how long an entry is valid, if it expires', async () => {
    const { now, doctor, patient } = await linked(harness);
    for (const { entry } of [doctor.link, patient.link]) {
      if ('expiresAt' in entry && entry.expiresAt !== null) expect(entry.expiresAt).toBeGreaterThan(now());
    }
  });

  it('update to another time keeps the meeting', async () => {
    const { provider, meeting, plan, admits } = await created(harness);
    const later = { ...plan, scheduledAt: plan.scheduledAt + HOUR, durationMinutes: 45 };
    const moved = await provider.update(meeting, later, never());
    expect(moved.meetingId).toBe(meeting.meetingId);
    const { entry } = await provider.link(moved, later, PATIENT, never());
    expect(await admits(entry, PATIENT)).toEqual({ asHost: false });
  });

  it('a meeting of the next generation is another one', async () => {
    const { provider, meeting, plan } = await created(harness);
    const next = await provider.create(
      { ...plan, generation: 2, roomName: `${plan.roomName}x` },
      false,
      never(),
    );
    expect(next.meetingId).not.toBe(meeting.meetingId);
  });
}

function describeEnds(harness: ProviderHarness): void {
  it('cancel succeeds twice', async () => {
    const { provider, meeting, plan, double } = await created(harness);
    await provider.cancel(meeting, plan, never());
    await provider.cancel(meeting, plan, never());
    if (harness.keepsMeetings) expect(double!.meetings()).toEqual([]);
  });

  it.runIf(harness.capabilities.endMeeting)('end succeeds twice', async () => {
    const { provider, meeting, plan } = await linked(harness);
    await provider.end(meeting, plan, never());
    await provider.end(meeting, plan, never());
  });
}

function describeStoredMeetings(harness: ProviderHarness): void {
  const whenStored = it.runIf(harness.keepsMeetings);
  const whenRecognised = it.runIf(harness.keepsMeetings && harness.recognisesRepeats !== false);

  whenRecognised('create repeated as a retry returns the same meeting', async () => {
    const { provider, meeting, plan, double } = await created(harness);
    const again = await provider.create(plan, true, never());
    expect(again.meetingId).toBe(meeting.meetingId);
    expect(again.hostId).toBe(meeting.hostId);
    expect(double!.meetings()).toEqual([meeting.meetingId]);
  });

  whenStored('create as a retry creates a meeting if the first attempt did not', async () => {
    const { provider, now, double } = await harness.start();
    const meeting = await provider.create(planAt(now()), true, never());
    expect(double!.meetings()).toEqual([meeting.meetingId]);
  });

  whenRecognised('create makes one meeting if the answer to the first attempt is lost', async () => {
    const { provider, now, double } = await harness.start();
    const plan = planAt(now());
    double!.loseNextCreation();
    const first = await provider
      .create(plan, false, never())
      .catch((error: unknown) => expect(error).toMatchObject({ isTemporary: true }));
    const second = await provider.create(plan, true, never());
    if (first) expect(first).toMatchObject({ meetingId: second.meetingId });
    expect(double!.meetings()).toEqual([second.meetingId]);
  });

  whenStored('update fails with missing if the provider no longer has the meeting', async () => {
    const { provider, meeting, plan, double } = await created(harness);
    double!.forget(meeting.meetingId);
    expect((await failureOf(provider.update(meeting, plan, never()))).kind).toBe('missing');
  });

  whenStored('link fails with missing if the provider no longer has the meeting', async () => {
    const { provider, meeting, plan, double } = await linked(harness);
    double!.forget(meeting.meetingId);
    for (const person of plan.people) {
      expect((await failureOf(provider.link(meeting, plan, person, never()))).kind).toBe('missing');
    }
  });

  whenStored('cancel and end succeed if the provider no longer has the meeting', async () => {
    const { provider, meeting, plan, double } = await created(harness);
    double!.forget(meeting.meetingId);
    await provider.cancel(meeting, plan, never());
    if (harness.capabilities.endMeeting) await provider.end(meeting, plan, never());
  });
}

function describeFailures(harness: ProviderHarness): void {
  const whenStored = it.runIf(harness.keepsMeetings);
  const operations = {
    create: (provider: MeetingProvider, _: MeetingRef, plan: MeetingPlan) =>
      provider.create({ ...plan, sessionId: 'sess_000000000002' }, false, never()),
    update: (provider: MeetingProvider, meeting: MeetingRef, plan: MeetingPlan) =>
      provider.update(meeting, plan, never()),
    cancel: (provider: MeetingProvider, meeting: MeetingRef, plan: MeetingPlan) =>
      provider.cancel(meeting, plan, never()),
  };

  for (const [operation, call] of Object.entries(operations)) {
    whenStored(
      `${operation} fails with unavailable while the provider is down, and succeeds after`,
      async () => {
        const { provider, meeting, plan, double } = await created(harness);
        await double!.down();
        const error = await failureOf(call(provider, meeting, plan));
        expect(error).toMatchObject({ kind: 'unavailable', isTemporary: true });
        await double!.up();
        await call(provider, meeting, plan);
      },
    );
  }

  whenStored('check says that the provider cannot be reached while it is down, and what to do', async () => {
    const { provider, double } = await harness.start();
    await double!.down();
    const failures = (await provider.check(never())).filter(({ ok }) => !ok);
    expect(failures.length).toBeGreaterThan(0);
    for (const { detail, remedy } of failures) {
      expect(detail).toMatch(/cannot be reached|did not answer/);
      expect(remedy).toMatch(/Check that this server reaches/);
    }
  });

  for (const form of ['seconds', 'date'] as const) {
    whenStored(`create waits for a short limit in ${form}`, async () => {
      const { provider, now, double } = await harness.start();
      double!.limit(form, 1000, 1);
      const meeting = await provider.create(planAt(now()), false, never());
      expect(double!.meetings()).toEqual([meeting.meetingId]);
    });

    whenStored(`create fails with limited and the time for a long limit in ${form}`, async () => {
      const { provider, now, double } = await harness.start();
      double!.limit(form, 5 * HOUR, 1000);
      const error = await failureOf(provider.create(planAt(now()), false, never()));
      expect(error).toMatchObject({ kind: 'limited', isTemporary: true });
      expect(error.retryAfterMs).toBeGreaterThan(4 * HOUR);
      expect(error.retryAfterMs).toBeLessThan(6 * HOUR);
      expect(double!.meetings()).toEqual([]);
    });
  }

  whenStored('a call whose signal has aborted fails and changes nothing', async () => {
    const { provider, now, double } = await harness.start();
    await failureOf(provider.create(planAt(now()), false, AbortSignal.abort()));
    expect(double!.meetings()).toEqual([]);
  });
}

function describeWebhooks(harness: ProviderHarness): void {
  const whenSent = it.runIf(harness.sendsWebhooks);

  /** Reads one event of one request. */
  async function read(provider: MeetingProvider, request: WebhookRequest): Promise<MeetingEvent> {
    const { events } = await provider.receive(request);
    expect(events).toHaveLength(1);
    return events[0]!;
  }

  /** Returns the requests for a visit in which the patient leaves and returns, in the order of the events. */
  function visit({ meeting, patient, webhooks, now }: Awaited<ReturnType<typeof linked>>) {
    const start = Math.floor(now() / 1000) * 1000 - HOUR;
    const stay = (type: 'joined' | 'left', count: number, minute: number): SourceEvent => ({
      type,
      meeting,
      at: start + minute * MINUTE,
      attended: { ...patient, stay: count },
    });
    const events: readonly SourceEvent[] = [
      { type: 'started', meeting, at: start },
      stay('joined', 1, 1),
      stay('left', 1, 5),
      stay('joined', 2, 6),
      stay('left', 2, 20),
      { type: 'emptied', meeting, at: start + 20 * MINUTE },
    ];
    return events.map((event) => ({ event, request: webhooks!.request(event) }));
  }

  whenSent('receive reads type, meeting and time of every event', async () => {
    const under = await linked(harness);
    for (const { event, request } of visit(under)) {
      expect(await read(under.provider, request)).toMatchObject({
        type: event.type,
        meetingId: event.meeting.meetingId,
        at: event.at,
      });
    }
  });

  whenSent(
    'receive returns the same key for a repeated delivery, and another for another event',
    async () => {
      const under = await linked(harness);
      const requests = visit(under);
      const keys = new Set<string>();
      for (const { event, request } of requests) {
        const { key } = await read(under.provider, request);
        // A provider may sign a repeated delivery again.
        const repeated = await read(under.provider, under.webhooks!.request(event));
        expect(repeated.key).toBe(key);
        keys.add(key);
      }
      expect(keys.size).toBe(requests.length);
    },
  );

  whenSent('receive returns the same events in any order', async () => {
    const under = await linked(harness);
    const requests = visit(under).map(({ request }) => request);
    const inOrder = await Promise.all(requests.map((request) => read(under.provider, request)));
    const backwards: MeetingEvent[] = [];
    for (const request of [...requests].reverse()) backwards.push(await read(under.provider, request));
    expect(backwards.reverse()).toEqual(inOrder);
  });

  whenSent(
    'receive gives joining and leaving of one stay the same id, and another stay another',
    async () => {
      const under = await linked(harness);
      const ids: string[] = [];
      for (const { event, request } of visit(under)) {
        const received = await read(under.provider, request);
        if (event.attended && 'stay' in received) ids.push(received.stay.id);
      }
      expect(ids).toHaveLength(4);
      expect(ids[0]).toBe(ids[1]);
      expect(ids[2]).toBe(ids[3]);
      expect(ids[0]).not.toBe(ids[2]);
    },
  );

  whenSent('receive says who joined as exactly as the provider can', async () => {
    const under = await linked(harness);
    const received = await read(under.provider, visit(under)[1]!.request);
    if (!('stay' in received)) throw new Error(`${received.type} is not the event of a person`);
    const { person } = received.stay;
    if (harness.capabilities.identity === 'exact') expect(person.userId).toBe(PATIENT.userId);
    if (harness.capabilities.identity === 'registrant') {
      expect(person.reference).toBe(under.meeting.data[`person:${PATIENT.userId}`]);
      expect(person.reference).toBeTruthy();
    }
  });

  whenSent('receive refuses a changed body, and a request without the headers that prove it', async () => {
    const under = await linked(harness);
    const { request } = visit(under)[1]!;
    const changed = Buffer.concat([request.rawBody, Buffer.from(' ')]);
    for (const forged of [
      ...(harness.signsBody === false ? [] : [{ ...request, rawBody: changed }]),
      { ...request, headers: { 'content-type': 'application/json' } },
    ]) {
      const error = await Promise.resolve()
        .then(() => under.provider.receive(forged))
        .then(
          () => null,
          (reason: unknown) => reason as TelevisitError,
        );
      expect(error?.code).toBe('webhook_signature');
    }
  });
}

function describeRecords(harness: ProviderHarness): void {
  it.runIf(harness.capabilities.records)('attendance returns who stayed and for how long', async () => {
    const { provider, meeting, plan, doctor, patient, attend } = await linked(harness);
    await attend!(meeting, [
      { ...doctor, minutes: 20 },
      { ...patient, minutes: 15 },
    ]);
    const records = await provider.attendance(meeting, plan, never());
    expect(records).toHaveLength(1);
    const [record] = records!;
    expect(record!.endedAt).toBeGreaterThan(record!.startedAt);
    const minutes = record!.stays.map(({ joinedAt, leftAt }) => (leftAt! - joinedAt) / MINUTE);
    expect(minutes.sort((left, right) => left - right)).toEqual([15, 20]);
  });

  it('attendance of a meeting that nobody attended has no stays', async () => {
    const { provider, meeting, plan } = await created(harness);
    const records = await provider.attendance(meeting, plan, never());
    expect((records ?? []).flatMap(({ stays }) => stays)).toEqual([]);
  });
}

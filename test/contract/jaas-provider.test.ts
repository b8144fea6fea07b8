import { JaasProvider } from '@televisit/server/providers/jaas/jaas-provider';
import { JAAS_VARIABLES, jaasSettings } from '@televisit/server/providers/jaas/jaas-settings';
import type { MeetingEntry, MeetingPerson, MeetingPlan } from '@televisit/server/providers/meeting-provider';
import { rsaKey } from '@televisit/server/providers/testing/visit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { impatientClock } from '../support/infra/impatient-clock.ts';
import { JaasDouble } from '../support/infra/jaas-double.ts';
import { ProviderInlet } from '../support/infra/provider-inlet.ts';
import type { SourceEvent } from './meeting-harness.ts';
import { DOCTOR, PATIENT, describeProvider, planAt } from './meeting-provider.ts';

const APP_ID = `vpaas-magic-cookie-${'0123456789abcdef'.repeat(2)}`;
const SECRET = 'whsec_9635df66714a4cf088ee9d0979dd3bf6';
const KEY = rsaKey();
const MINUTE = 60_000;
const never = new AbortController().signal;

/** Starts an adapter with a JaaS account that has its key and reports to it. */
async function start(variables: Record<string, string> = {}) {
  let at = Math.floor(Date.now() / 1000) * 1000;
  const now = () => at;
  const double = await JaasDouble.start({
    appId: APP_ID,
    keys: { [`${APP_ID}/4f4910`]: KEY.publicPem },
    secret: SECRET,
    now,
  });
  const given = z.object(JAAS_VARIABLES).parse({
    JAAS_APP_ID: APP_ID,
    JAAS_KEY_ID: '4f4910',
    JAAS_PRIVATE_KEY: KEY.variable,
    JAAS_WEBHOOK_SECRET: SECRET,
    JAAS_URL: double.url,
    ...variables,
  });
  const booked = new Map<string, MeetingPlan>();
  const provider = new JaasProvider({
    settings: jaasSettings(given)!,
    clock: impatientClock(now),
    waitingRoomOf: (meetingId) => Promise.resolve(booked.get(meetingId)?.waitingRoom ?? null),
  });
  const inlet = await ProviderInlet.start(provider, now);
  double.webhookUrl = inlet.url;
  onTestFinished(async () => {
    await double.close();
    await inlet.close();
  });
  /** Books a visit as the core does. */
  const book = async (changes: Partial<MeetingPlan> = {}) => {
    const plan = planAt(at, changes);
    const meeting = await provider.create(plan);
    booked.set(meeting.meetingId, plan);
    return { plan, meeting };
  };
  const enter = async (visit: Awaited<ReturnType<typeof book>>, person: MeetingPerson) => {
    const { entry } = await provider.link(visit.meeting, visit.plan, person);
    return double.enter(addressOf(entry));
  };
  const pass = (ms: number) => {
    at += ms;
  };
  return { provider, double, inlet, now, pass, book, booked, enter };
}

const addressOf = (entry: MeetingEntry) => (entry.kind === 'address' ? entry.url : '');

describeProvider('JaaS', {
  capabilities: {
    roles: 'host-only',
    waitingRoom: true,
    liveAttendance: 'webhook',
    records: false,
    identity: 'exact',
    endMeeting: true,
    idempotentCreate: true,
    created: 'window',
    entry: 'address',
  },
  keepsMeetings: false,
  sendsWebhooks: true,
  start: async () => {
    const { provider, double, now } = await start();
    return {
      provider,
      now,
      admits: async (entry) => {
        // The contract asks about the link, not about the lobby.
        double.provisions = false;
        const { verdict, leave } = await double.enter(addressOf(entry));
        expect(['member', 'moderator']).toContain(verdict);
        await leave();
        return { asHost: verdict === 'moderator' };
      },
      webhooks: { request: (event) => webhookOf(double, event) },
    };
  },
});

/** Returns what JaaS would send. */
function webhookOf(double: JaasDouble, { type, meeting, attended, at }: SourceEvent) {
  const types = {
    started: 'ROOM_CREATED',
    emptied: 'ROOM_DESTROYED',
    joined: 'PARTICIPANT_JOINED',
    left: 'PARTICIPANT_LEFT',
  } as const;
  const data = attended
    ? { id: attended.person.userId, participantJid: `${attended.person.userId}-${attended.stay}@8x8.vc` }
    : { conference: meeting.meetingId };
  return double.event(types[type], meeting.meetingId, data, `${type}-${at}`, at);
}

describe('a visit on JaaS', () => {
  it('reports who is in, and when, each once although events come twice', async () => {
    const { book, enter, inlet, double, pass } = await start();
    double.repeats = true;
    const visit = await book();
    const doctor = await enter(visit, DOCTOR);
    pass(MINUTE);
    const patient = await enter(visit, PATIENT);
    expect([doctor.verdict, patient.verdict]).toEqual(['moderator', 'member']);
    pass(MINUTE);
    await patient.leave();
    await doctor.leave();
    expect(inlet.story).toEqual([
      'started',
      'joined doctor-7',
      'joined patient-9',
      'left doctor-7',
      'left patient-9',
      'emptied',
    ]);
  });

  it('reports events that arrive after refused attempts', async () => {
    const { book, enter, inlet, double } = await start();
    double.provisions = false;
    inlet.unavailable = 3;
    await enter(await book(), PATIENT);
    expect(inlet.story).toEqual(['started', 'joined patient-9']);
  });

  it('counts a person in a breakout room as present', async () => {
    const { book, enter, inlet, double, pass } = await start();
    const visit = await book();
    const { leave } = await enter(visit, DOCTOR);
    pass(MINUTE);
    await double.move(visit.meeting.meetingId, 'doctor-7', false);
    pass(MINUTE);
    await double.move(visit.meeting.meetingId, 'doctor-7', true);
    pass(MINUTE);
    await leave();
    const stays = inlet.events.flatMap((event) => ('stay' in event ? `${event.type} ${event.stay.id}` : []));
    expect(inlet.story.filter((entry) => entry.startsWith('left'))).toHaveLength(1);
    expect(new Set(stays.map((stay) => stay.split(' ')[1])).size).toBe(1);
  });

  it('has a waiting room for all but the host if the plan has one', async () => {
    const { book, enter } = await start();
    const visit = await book({ waitingRoom: true });
    expect((await enter(visit, PATIENT)).verdict).toBe('lobby');
    expect((await enter(visit, DOCTOR)).verdict).toBe('moderator');
  });

  it('a cancelled meeting does not open, also not with earlier links', async () => {
    const { book, booked, enter } = await start();
    const visit = await book();
    booked.clear();
    expect((await enter(visit, PATIENT)).verdict).toBe('passcode');
  });

  it('ends for everyone when the server ends it, and does not open again', async () => {
    const { provider, book, booked, enter, double, inlet } = await start();
    const visit = await book();
    await enter(visit, DOCTOR);
    await enter(visit, PATIENT);
    await provider.end(visit.meeting, visit.plan, never);
    expect(double.rooms).toEqual([]);
    expect(inlet.story.slice(-3)).toEqual(['left doctor-7', 'left patient-9', 'emptied']);
    booked.clear();
    expect((await enter(visit, PATIENT)).verdict).toBe('passcode');
  });

  it('is entered from a minute before its window to its end', async () => {
    const { book, enter, pass, now } = await start();
    const visit = await book();
    const { plan } = await book({ opensAt: now() + 2 * MINUTE });
    const later = { ...visit, plan };
    expect((await enter(later, PATIENT)).verdict).toBe('refused');
    pass(MINUTE);
    expect((await enter(later, PATIENT)).verdict).toBe('member');
    pass(plan.closesAt - now());
    expect((await enter(later, PATIENT)).verdict).toBe('refused');
  });
});

describe('a key that is not in the console', () => {
  it('opens no room, ends none, and fails the check', async () => {
    const { provider, book, enter } = await start({ JAAS_KEY_ID: 'another' });
    const visit = await book();
    expect((await enter(visit, DOCTOR)).verdict).toBe('refused');
    await expect(provider.end(visit.meeting, visit.plan, never)).rejects.toMatchObject({
      kind: 'misconfigured',
      code: '401',
    });
    expect((await provider.check(never))[0]).toMatchObject({ name: 'credentials', ok: false });
  });
});

describe('JaasProvider.check', () => {
  it('fails if nothing answers', async () => {
    const { provider } = await start({ JAAS_URL: 'http://127.0.0.1:1' });
    expect(await provider.check(never)).toMatchObject([{ name: 'credentials', ok: false }]);
  });

  it('fails if the clocks differ', async () => {
    const { provider, pass } = await start();
    pass(5 * MINUTE);
    expect((await provider.check(never))[1]).toMatchObject({ name: 'clock', ok: false });
  });
});

import { AgoraProvider } from '@televisit/server/providers/agora/agora-provider';
import { AGORA_VARIABLES, agoraSettings } from '@televisit/server/providers/agora/agora-settings';
import type { MeetingEntry, MeetingPerson, MeetingPlan } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { AgoraDouble } from '../support/infra/agora-double.ts';
import { impatientClock } from '../support/infra/impatient-clock.ts';
import { ProviderInlet } from '../support/infra/provider-inlet.ts';
import type { SourceEvent } from './meeting-harness.ts';
import { DOCTOR, PATIENT, describeProvider, planAt, remembering } from './meeting-provider.ts';

const APP_ID = '970ca35de60c44645bbae8a215061b33';
const CERTIFICATE = '5cfd2fd1755d40ecb72977518be15d3b';
const CUSTOMER = { id: 'customer', secret: 'customer-secret' };
const SECRET = 'console-secret';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const never = new AbortController().signal;

/** Starts an adapter with an Agora project that reports to it. */
async function start(variables: Record<string, string | undefined> = {}) {
  let at = Math.floor(Date.now() / 1000) * 1000;
  const now = () => at;
  const options = { appId: APP_ID, certificate: CERTIFICATE, customer: CUSTOMER, secret: SECRET, now };
  const double = await AgoraDouble.start(options);
  const given = z.object(AGORA_VARIABLES).parse({
    AGORA_APP_ID: APP_ID,
    AGORA_APP_CERTIFICATE: CERTIFICATE,
    AGORA_CUSTOMER_ID: CUSTOMER.id,
    AGORA_CUSTOMER_SECRET: CUSTOMER.secret,
    AGORA_WEBHOOK_SECRET: SECRET,
    AGORA_API_URL: double.url,
    ...variables,
  });
  const provider = new AgoraProvider({ settings: agoraSettings(given)!, clock: impatientClock(now) });
  const inlet = await ProviderInlet.start(provider, now);
  double.webhookUrl = inlet.url;
  onTestFinished(async () => {
    await double.close();
    await inlet.close();
  });
  const book = async (changes: Partial<MeetingPlan> = {}) => {
    const plan = planAt(at, changes);
    return { plan, meeting: await provider.create(plan) };
  };
  const join = (entry: MeetingEntry) => {
    const { channel = '', account = '', token = '' } = credentialsOf(entry);
    return double.join(channel, account, token);
  };
  const enter = async (visit: Awaited<ReturnType<typeof book>>, person: MeetingPerson) => {
    const { entry } = await provider.link(visit.meeting, visit.plan, person);
    const joined = await join(entry);
    if (!joined.ok) throw new Error(`${person.userId} cannot join: ${joined.reason}`);
    return joined;
  };
  const pass = (ms: number) => {
    at += ms;
  };
  return { provider, double, inlet, now, pass, book, join, enter };
}

const credentialsOf = (entry: MeetingEntry) => (entry.kind === 'credentials' ? entry.credentials : {});

describeProvider('Agora', {
  capabilities: {
    roles: 'none',
    waitingRoom: false,
    liveAttendance: 'webhook',
    records: false,
    identity: 'exact',
    endMeeting: true,
    idempotentCreate: true,
    created: 'window',
    entry: 'credentials',
  },
  keepsMeetings: false,
  sendsWebhooks: true,
  start: async () => {
    const { provider, double, now, join } = await start();
    return {
      provider,
      now,
      admits: async (entry) => {
        const joined = await join(entry);
        expect(joined).toMatchObject({ ok: true, canPublish: true });
        if (joined.ok) await joined.leave();
        return { asHost: false };
      },
      webhooks: { request: (event) => webhookOf(double, event) },
    };
  },
});

/** Returns what Notifications would send. */
function webhookOf(double: AgoraDouble, { type, meeting, attended, at }: SourceEvent) {
  const eventTypes = { started: 101, emptied: 102, joined: 107, left: 108 };
  const person = attended ? { account: attended.person.userId, uid: 7, clientSeq: at } : {};
  const payload = { channelName: meeting.meetingId, ts: at / 1000, ...person };
  return double.notice(eventTypes[type], payload, { key: `${type}-${at}`, sid: `sid-${attended?.stay}` });
}

describe('a visit on Agora', () => {
  it('reports who is in, and when', async () => {
    const { book, enter, inlet, pass } = await start();
    const visit = await book();
    const doctor = await enter(visit, DOCTOR);
    pass(MINUTE);
    const patient = await enter(visit, PATIENT);
    pass(MINUTE);
    await patient.leave();
    await doctor.leave();
    expect(new Set(inlet.story)).toEqual(
      new Set([
        'started',
        'joined doctor-7',
        'joined patient-9',
        'left doctor-7',
        'left patient-9',
        'emptied',
      ]),
    );
  });

  it('reports events that arrive after refused attempts, each once', async () => {
    const { book, enter, inlet } = await start();
    inlet.unavailable = 3;
    await enter(await book(), PATIENT);
    expect(inlet.story).toEqual(['started', 'joined patient-9']);
  });

  it('throws everyone out when the server ends it, and keeps them out until the window closes', async () => {
    const { provider, book, enter, join, double, pass, now } = await start();
    const visit = await book();
    await enter(visit, DOCTOR);
    await enter(visit, PATIENT);
    const { entry } = await provider.link(visit.meeting, visit.plan, PATIENT);
    await provider.end(visit.meeting, visit.plan, never);
    expect(double.accounts(visit.meeting.meetingId)).toEqual([]);
    expect(await join(entry)).toEqual({ ok: false, reason: 'banned' });
    pass(visit.plan.closesAt - now() - 1000);
    expect(await join(entry)).toEqual({ ok: false, reason: 'banned' });
    pass(2 * MINUTE);
    expect(await join(entry)).toEqual({ ok: false, reason: 'expired' });
  });

  it('does not touch other visits when it ends', async () => {
    const { provider, book, enter, double } = await start();
    const [first, second] = [await book(), await book({ roomName: 'tv-another' })];
    await enter(first, PATIENT);
    await enter(second, PATIENT);
    await provider.end(first.meeting, first.plan, never);
    expect(double.accounts(second.meeting.meetingId)).toEqual(['patient-9']);
  });
});

describe('AgoraProvider.end', () => {
  it('does not create a second rule if the answer to the first one is lost', async () => {
    const { provider, book, double } = await start();
    const { meeting, plan } = await book();
    double.loseAnswers = 1;
    await provider.end(meeting, plan, never);
    expect(double.rules).toHaveLength(1);
    expect(double.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('creates a rule after a request that did not arrive', async () => {
    const { provider, book, double } = await start();
    const { meeting, plan } = await book();
    double.loseRequests = 1;
    await provider.end(meeting, plan, never);
    expect(double.rules).toMatchObject([{ cname: meeting.meetingId, privileges: ['join_channel'] }]);
    expect(double.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
  });

  it('fails with unavailable if no request arrives', async () => {
    const { provider, book, double } = await start();
    const { meeting, plan } = await book();
    double.loseRequests = 10;
    await expect(provider.end(meeting, plan, never)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(double.rules).toEqual([]);
  });

  it('lasts at least a minute, and at most a day', async () => {
    const { provider, book, double, now } = await start();
    const { meeting, plan } = await book();
    const minutes = async (closesAt: number) => {
      await provider.end(meeting, { ...plan, closesAt }, never);
      return ((double.rules.at(-1)?.endsAt ?? 0) - now()) / MINUTE;
    };
    expect(await minutes(now() - HOUR)).toBe(1);
    expect(await minutes(now() + 90_001)).toBe(2);
    expect(await minutes(now() + 48 * HOUR)).toBe(1440);
  });

  it('fails with misconfigured if the customer is wrong, and with refused without one', async () => {
    const wrong = await start({ AGORA_CUSTOMER_SECRET: 'wrong' });
    const { meeting, plan } = await wrong.book();
    await expect(wrong.provider.end(meeting, plan, never)).rejects.toMatchObject({ kind: 'misconfigured' });
    const without = await start({ AGORA_CUSTOMER_ID: undefined, AGORA_CUSTOMER_SECRET: undefined });
    expect(without.provider.capabilities.endMeeting).toBe(false);
    await expect(without.provider.end(meeting, plan, never)).rejects.toMatchObject({
      code: 'end_unsupported',
    });
  });

  it('fails with limited while Agora limits requests', async () => {
    const { provider, book, double, pass } = await start();
    const { meeting, plan } = await book();
    for (let call = 0; call < 10; call++) await provider.end(meeting, plan, never);
    await expect(provider.end(meeting, plan, never)).rejects.toMatchObject({ kind: 'limited' });
    pass(1000);
    await provider.end(meeting, plan, never);
    expect(double.rules).toHaveLength(11);
  });
});

describe('AgoraProvider.cancel', () => {
  it('makes no call before the window, and closes the channel in it', async () => {
    const { provider, book, double, now } = await start();
    const later = await book({ opensAt: now() + MINUTE });
    await provider.cancel(later.meeting, later.plan, never);
    expect(double.requests).toEqual([]);
    const open = await book();
    await provider.cancel(open.meeting, open.plan, never);
    expect(double.rules).toHaveLength(1);
  });
});

describe('AgoraProvider.link', () => {
  it('admits to its channel and account only, until the window closes', async () => {
    const { provider, book, double, pass, now } = await start();
    const { meeting, plan } = await book();
    const { entry } = await provider.link(meeting, plan, PATIENT);
    const { channel = '', account = '', token = '' } = credentialsOf(entry);
    expect(entry).toMatchObject({ expiresAt: plan.closesAt });
    expect(await double.join('another', account, token)).toMatchObject({ reason: 'token' });
    expect(await double.join(channel, 'doctor-7', token)).toMatchObject({ reason: 'token' });
    pass(plan.closesAt - now() - 1000);
    expect(await double.join(channel, account, token)).toMatchObject({ ok: true });
    pass(1000);
    expect(await double.join(channel, account, token)).toMatchObject({ reason: 'expired' });
  });

  it('admits for a day at most', async () => {
    const { provider, book, now } = await start();
    const { meeting, plan } = await book({ closesAt: now() + 72 * HOUR });
    const { entry } = await provider.link(meeting, plan, PATIENT);
    expect(entry).toMatchObject({ expiresAt: now() + 24 * HOUR });
  });

  it('lets a person who may not publish only watch', async () => {
    const { provider, book, join } = await start();
    const { meeting, plan } = await book();
    const { entry } = await provider.link(meeting, plan, { ...PATIENT, canPublish: false });
    expect(credentialsOf(entry)).toMatchObject({ role: 'subscriber' });
    expect(await join(entry)).toMatchObject({ ok: true, canPublish: false });
  });

  it('uses an alias for a user id with characters that Agora does not take', async () => {
    const { provider, book, join, inlet } = await start();
    const { meeting, plan } = await book();
    for (const userId of ['Zoë', 'a/b', '~tilde', 'x'.repeat(256)]) {
      const link = await provider.link(meeting, plan, { ...PATIENT, userId });
      expect(credentialsOf(link.entry)).toMatchObject({ account: `~${PATIENT.alias}` });
      expect(remembering(meeting, link).data).toEqual({ [`person:${userId}`]: `~${PATIENT.alias}` });
      expect(await join(link.entry)).toMatchObject({ ok: true });
    }
    expect(inlet.events[1]).toMatchObject({ stay: { person: { reference: `~${PATIENT.alias}` } } });
  });
});

describe('AgoraProvider.attendance', () => {
  it('returns who is in now if no webhooks report it', async () => {
    const { provider, book, enter, now } = await start({ AGORA_WEBHOOK_SECRET: undefined });
    expect(provider.capabilities.liveAttendance).toBe('poll');
    const visit = await book();
    const ask = () => provider.attendance(visit.meeting, visit.plan, never);
    expect(await ask()).toEqual([{ startedAt: now(), endedAt: null, isSnapshot: true, stays: [] }]);
    await enter(visit, DOCTOR);
    const { leave } = await enter(visit, PATIENT);
    const userIds = async () =>
      (await ask())?.flatMap(({ stays }) => stays.map(({ person }) => person.userId));
    expect(await userIds()).toEqual(['doctor-7', 'patient-9']);
    await leave();
    expect(await userIds()).toEqual(['doctor-7']);
    expect(await ask()).toMatchObject([{ startedAt: now(), endedAt: null }]);
  });
});

describe('AgoraProvider.check', () => {
  it.each([
    ['the customer is wrong', { AGORA_CUSTOMER_SECRET: 'wrong' }],
    ['the project is not the customer’s', { AGORA_APP_ID: '0'.repeat(32) }],
    ['nothing answers', { AGORA_API_URL: 'http://127.0.0.1:1' }],
  ])('fails if %s', async (_title, variables) => {
    const { provider } = await start(variables);
    const [result] = await provider.check(never);
    expect(result).toMatchObject({ name: 'credentials', ok: false });
    expect(result?.remedy).toMatch(/AGORA_/);
  });

  it('says what it cannot check without a customer', async () => {
    const { provider } = await start({ AGORA_CUSTOMER_ID: undefined, AGORA_CUSTOMER_SECRET: undefined });
    expect((await provider.check(never))[0]?.detail).toMatch(/without AGORA_CUSTOMER_ID/);
  });
});

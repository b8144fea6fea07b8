import { z } from 'zod';
import { JitsiProvider } from '@televisit/server/providers/jitsi/jitsi-provider';
import {
  answerReservation,
  type ReservedMeeting,
} from '@televisit/server/providers/jitsi/jitsi-reservations';
import { JITSI_VARIABLES, jitsiSettings } from '@televisit/server/providers/jitsi/jitsi-settings';
import { pemOf } from '@televisit/server/providers/jitsi/jitsi-tokens';
import { rsaKey } from '@televisit/server/providers/testing/visit';
import type { MeetingEntry, MeetingPerson, MeetingPlan } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it, onTestFinished } from 'vitest';
import { impatientClock } from '../support/infra/impatient-clock.ts';
import {
  JitsiDouble,
  asapKeyServer,
  eventRequest,
  type JitsiDoubleOptions,
} from '../support/infra/jitsi-double.ts';
import { ProviderInlet } from '../support/infra/provider-inlet.ts';
import type { SourceEvent } from './meeting-harness.ts';
import { DOCTOR, PATIENT, describeProvider, planAt } from './meeting-provider.ts';

const TOKEN = 'events-token-of-at-least-32-characters';
const DOMAIN = 'meet.test';
const KEY = rsaKey().variable;
const never = new AbortController().signal;

/** Starts an adapter with a Jitsi server that trusts it, reports to it and asks it before it opens a room. */
async function start(variables: Record<string, string> = {}, isReporting = true) {
  let at = Math.floor(Date.now() / 1000) * 1000;
  const now = () => at;
  const booked = new Map<string, ReservedMeeting>();
  const prosody: { ask: JitsiDoubleOptions['reservations'] } = { ask: () => Promise.resolve(null) };
  const events = { prefix: '', authorization: `Bearer ${TOKEN}` };
  const double = await JitsiDouble.start({
    prosody: {
      domain: DOMAIN,
      app_id: 'televisit',
      asap_accepted_audiences: ['jitsi'],
      asap_key_server: asapKeyServer((name) => pemOf(settings, name)),
    },
    now,
    events: isReporting ? events : null,
    reservations: (...request) => prosody.ask(...request),
  });
  const given = z.object(JITSI_VARIABLES).parse({
    JITSI_URL: double.url,
    JITSI_APP_ID: 'televisit',
    JITSI_PRIVATE_KEY: KEY,
    JITSI_KEY_ID: 'key-1',
    JITSI_SUB: DOMAIN,
    JITSI_EVENTS_TOKEN: TOKEN,
    JITSI_RESERVATIONS: 'true',
    JITSI_END_MEETING_URL: double.endMeetingUrl,
    ...variables,
  });
  const settings = jitsiSettings(given)!;
  const provider = new JitsiProvider({ settings, clock: impatientClock(now) });
  const inlet = await ProviderInlet.start(provider, now);
  events.prefix = inlet.url;
  const find = (meetingId: string) => Promise.resolve(booked.get(meetingId) ?? null);
  if (settings.reservations) {
    prosody.ask = (method, path, form) => {
      const headers = { authorization: settings.eventsTokens[0] };
      return answerReservation(
        settings,
        { method, path, headers, rawBody: Buffer.from(form), now: now() },
        find,
      );
    };
  }
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
  return { provider, settings, double, inlet, now, pass, book, booked, enter };
}

const addressOf = (entry: MeetingEntry) => (entry.kind === 'address' ? entry.url : '');

describeProvider('Jitsi', {
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
  signsBody: false,
  start: async () => {
    const { provider, double, now, booked } = await start();
    return {
      provider,
      now,
      admits: async (entry) => {
        const url = addressOf(entry);
        // The contract asks about the link, not about the lobby.
        booked.set(new URL(url).pathname.slice(1), { ...planAt(now()), waitingRoom: false });
        const { verdict, leave } = await double.enter(url);
        expect(['member', 'moderator']).toContain(verdict);
        await leave();
        return { asHost: verdict === 'moderator' };
      },
      webhooks: { request: webhookSource(now) },
    };
  },
});

/** Returns what event_sync_component would send. It remembers since when people are in. */
function webhookSource(now: () => number) {
  const joinedAt = new Map<string, number>();
  return ({ type, meeting, attended, at }: SourceEvent) => {
    const seconds = at / 1000;
    const jid = `conn-${attended?.person.userId}-${attended?.stay}@${DOMAIN}/web`;
    if (type === 'joined') joinedAt.set(jid, seconds);
    const occupant = { occupant_jid: jid, joined_at: joinedAt.get(jid) ?? 0, id: attended?.person.userId };
    const bodies = {
      started: ['room/created', { event_name: 'muc-room-created', created_at: seconds }],
      emptied: [
        'room/destroyed',
        { event_name: 'muc-room-destroyed', created_at: 0, destroyed_at: seconds, all_occupants: {} },
      ],
      joined: ['occupant/joined', { event_name: 'muc-occupant-joined', occupant }],
      left: [
        'occupant/left',
        { event_name: 'muc-occupant-left', occupant: { ...occupant, left_at: seconds } },
      ],
    } as const;
    const [path, body] = bodies[type];
    return { path: `/events/${path}`, now: now(), ...eventRequest(TOKEN, DOMAIN, meeting.meetingId, body) };
  };
}

const MINUTE = 60_000;

describe('a visit on a Jitsi server', () => {
  it('reports who is in, and when', async () => {
    const { book, enter, inlet, pass, now } = await start();
    const visit = await book();
    const doctor = await enter(visit, DOCTOR);
    pass(MINUTE);
    const patient = await enter(visit, PATIENT);
    expect([doctor.verdict, patient.verdict]).toEqual(['moderator', 'member']);
    pass(10 * MINUTE);
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
    const at = inlet.events.filter(({ type }) => type === 'left').map((event) => event.at);
    expect(new Set(at)).toEqual(new Set([now()]));
    expect(new Set(inlet.events.map(({ meetingId }) => meetingId))).toEqual(
      new Set([visit.meeting.meetingId]),
    );
  });

  it('reports everything at its end if events were lost on the way', async () => {
    const reports = async (lost: number) => {
      const { book, enter, inlet, double, pass } = await start();
      const visit = await book();
      double.loseEvents = lost;
      const doctor = await enter(visit, DOCTOR);
      const patient = await enter(visit, PATIENT);
      pass(MINUTE);
      await patient.leave();
      await doctor.leave();
      return inlet.story.filter((entry) => entry !== 'started');
    };
    expect(await reports(4)).toEqual(await reports(0));
  });

  it('reports events once that arrive late after refused attempts', async () => {
    const { book, enter, inlet } = await start();
    inlet.unavailable = 3;
    const { leave } = await enter(await book(), PATIENT);
    await leave();
    expect(inlet.story).toEqual(['started', 'joined patient-9', 'left patient-9', 'emptied']);
  });

  it('is reported while the Jitsi server still sends the previous token', async () => {
    const { book, enter, inlet } = await start({
      JITSI_EVENTS_TOKEN: 'n'.repeat(32),
      JITSI_EVENTS_TOKEN_PREVIOUS: TOKEN,
    });
    await enter(await book(), PATIENT);
    expect(inlet.story).toEqual(['started', 'joined patient-9']);
  });

  it('is not reported by a server with another token', async () => {
    const { book, enter, inlet } = await start({
      JITSI_RESERVATIONS: 'false',
      JITSI_EVENTS_TOKEN: 'n'.repeat(32),
    });
    await enter(await book(), PATIENT);
    expect(inlet.events).toEqual([]);
    expect(inlet.refusals).toEqual(['webhook_signature', 'webhook_signature']);
  });

  it('opens for its window only, whatever the tokens say', async () => {
    const { book, booked, enter, pass, now } = await start();
    const visit = await book();
    // Links are valid from the start, so only the reservation refuses.
    const early = { ...visit, plan: { ...visit.plan, opensAt: now() - MINUTE } };
    booked.set(visit.meeting.meetingId, { ...visit.plan, opensAt: now() + 5 * MINUTE });
    expect(await enter(early, DOCTOR)).toMatchObject({
      verdict: 'closed',
      message: 'This visit is not open yet.',
    });
    pass(5 * MINUTE);
    const doctor = await enter(early, DOCTOR);
    expect(doctor.verdict).toBe('moderator');
    await doctor.leave();
    pass(visit.plan.closesAt - now());
    const late = { ...visit, plan: { ...visit.plan, closesAt: now() + MINUTE } };
    expect(await enter(late, DOCTOR)).toMatchObject({ verdict: 'closed', message: 'This visit is over.' });
  });

  it('a cancelled meeting does not open, also not with earlier links', async () => {
    const { book, booked, enter } = await start();
    const visit = await book();
    booked.delete(visit.meeting.meetingId);
    expect(await enter(visit, DOCTOR)).toMatchObject({
      verdict: 'closed',
      message: 'This visit does not take place.',
    });
  });

  it('has a lobby for all but the host if the plan has a waiting room', async () => {
    const { book, enter } = await start();
    const visit = await book({ waitingRoom: true });
    expect(await enter(visit, PATIENT)).toMatchObject({ inLobby: true });
    expect(await enter(visit, DOCTOR)).toMatchObject({ inLobby: false, verdict: 'moderator' });
  });

  it('ends for everyone when the server ends it', async () => {
    const { provider, book, enter, double, inlet, pass } = await start();
    const visit = await book();
    await enter(visit, DOCTOR);
    await enter(visit, PATIENT);
    pass(MINUTE);
    await provider.end(visit.meeting, visit.plan, never);
    expect(double.rooms).toEqual([]);
    expect(inlet.story.slice(-3)).toEqual(['left doctor-7', 'left patient-9', 'emptied']);
  });

  it('is not ended without mod_muc_end_meeting, or with a key that Prosody does not know', async () => {
    const { book, settings, now, double } = await start();
    const visit = await book();
    const clock = impatientClock(now);
    const unable = new JitsiProvider({ settings: { ...settings, endMeetingUrl: null }, clock });
    expect(unable.capabilities.endMeeting).toBe(false);
    await expect(unable.end(visit.meeting, visit.plan, never)).rejects.toMatchObject({ kind: 'refused' });
    const signer = { ...settings.signer, keyId: 'another' } as typeof settings.signer;
    const stranger = new JitsiProvider({ settings: { ...settings, signer }, clock });
    await expect(stranger.end(visit.meeting, visit.plan, never)).rejects.toMatchObject({
      kind: 'misconfigured',
      code: '401',
    });
    expect(double.requests.length).toBeGreaterThan(0);
  });
});

describe('JitsiProvider.link', () => {
  it('keeps the token out of what the web server sees', async () => {
    const { book, enter, double } = await start();
    await enter(await book(), DOCTOR);
    const { query, path } = double.requests.find(({ method }) => method === 'GET')!;
    expect(path).toBe('/tv-9f3b2c7d1e4a5b6c8d7e');
    expect(Object.fromEntries(query)).toEqual({ lang: 'de' });
  });

  it('puts the token into the query if the server is too old for the fragment', async () => {
    const { book, enter, double } = await start({ JITSI_TOKEN_IN: 'query' });
    expect((await enter(await book(), PATIENT)).verdict).toBe('member');
    expect([...double.requests.find(({ method }) => method === 'GET')!.query.keys()]).toEqual([
      'lang',
      'jwt',
    ]);
  });

  it('skips the page before the call, and mutes people who may not publish', async () => {
    const { provider, book } = await start();
    const { meeting, plan } = await book();
    const options = async (person: MeetingPerson) => {
      const { entry } = await provider.link(meeting, plan, person);
      return new URL(addressOf(entry)).hash.slice(1).split('&').slice(1);
    };
    expect(await options(PATIENT)).toEqual([
      'config.prejoinConfig.enabled=false',
      'config.disableDeepLinking=true',
      'config.disableInviteFunctions=true',
    ]);
    expect((await options({ ...PATIENT, canPublish: false })).slice(3)).toEqual([
      'config.startWithAudioMuted=true',
      'config.startWithVideoMuted=true',
    ]);
  });
});

describe('JitsiProvider.check', () => {
  it('fails if the address is not that of a Jitsi server, or nothing answers', async () => {
    const { settings, now, double } = await start();
    const check = async (url: string) => {
      const provider = new JitsiProvider({ settings: { ...settings, url }, clock: impatientClock(now) });
      return (await provider.check(never)).map(({ name, ok }) => [name, ok]);
    };
    expect(await check(`${double.url}/elsewhere`)).toEqual([['address', false]]);
    expect(await check('http://127.0.0.1:1')).toEqual([['address', false]]);
  });

  it('fails if the clocks differ', async () => {
    const { provider, pass } = await start();
    pass(-5 * MINUTE);
    const results = await provider.check(never);
    expect(results.find(({ name }) => name === 'clock')).toMatchObject({ ok: false });
    expect(results.find(({ name }) => name === 'clock')?.detail).toMatch(
      /^The clock of this server is \d+ s behind/,
    );
  });
});

import type { Problem } from '@televisit/shared/api';
import type { MeetingEntryView, MeetingView, ProviderView } from '@televisit/shared/provider-operations';
import { systemClock } from '@televisit/server/core/clock';
import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { ZOOM_HOSTS } from '../support/infra/zoom-provider.ts';
import { ZOOM_CREDENTIALS, ZOOM_WEBHOOK_SECRET, ZoomDouble } from '../support/infra/zoom-double.ts';

const MINUTE = 60_000;

/** Starts a server that has Zoom as its first provider, and a double of Zoom that posts its events to it. */
async function started(env: Record<string, string> = {}) {
  let aheadMs = 0;
  const clock = {
    now: () => systemClock.now() + aheadMs,
    after: (ms: number, task: () => void) => systemClock.after(ms, task),
    /** Lets time pass; timers go on in real time. */
    advance: (ms: number) => void (aheadMs += ms),
  };
  const zoom = await ZoomDouble.start(() => clock.now());
  for (const host of ZOOM_HOSTS) zoom.account.addUser(host);
  const server = await startServer({
    clock,
    env: {
      MEETING_PROVIDERS: 'zoom,sfu',
      ZOOM_ACCOUNT_ID: ZOOM_CREDENTIALS.accountId,
      ZOOM_CLIENT_ID: ZOOM_CREDENTIALS.clientId,
      ZOOM_CLIENT_SECRET: ZOOM_CREDENTIALS.clientSecret,
      ZOOM_WEBHOOK_SECRET: ZOOM_WEBHOOK_SECRET,
      ZOOM_HOSTS: ZOOM_HOSTS.join(','),
      ZOOM_OAUTH_URL: zoom.url,
      ...env,
    },
  });
  await zoom.subscribe(`${server.url}/webhooks/zoom`);
  return { clock, zoom, server };
}

/** Calls as a person of the visit does. */
async function personOf(
  server: TestServer,
  sessionId: string,
  role: 'doctor' | 'patient',
  userId: string = role,
) {
  const { joinUrl } = await server.api.joinSession(sessionId, { userId, role });
  const token = new URL(joinUrl).searchParams.get('token') ?? '';
  const call = <T>(method: string, path: string) =>
    server.call<T>(method, `/api/v1/visits/${sessionId}/meeting${path}`, undefined, {
      Authorization: `Bearer ${token}`,
    });
  return {
    open: () => call<MeetingEntryView>('POST', '/open'),
    read: async () => (await call<MeetingView>('GET', '')).body,
    end: () => call<MeetingView & Problem>('POST', '/end'),
  };
}

describe('a session at another provider', () => {
  it('runs from booking to the report with what the provider reports', async () => {
    const { clock, zoom, server } = await started();
    const { sessionId, provider } = await server.createVisit('visit-1');
    expect(provider).toBe('zoom');
    const doctor = await personOf(server, sessionId, 'doctor');
    const patient = await personOf(server, sessionId, 'patient');
    const opened = await doctor.open();
    expect(opened).toMatchObject({ status: 200, body: { provider: 'zoom', credentials: null } });
    expect(zoom.meetings()).toHaveLength(1);
    zoom.join(opened.body.url!);
    clock.advance(MINUTE);
    const guest = zoom.join((await patient.open()).body.url!);
    await zoom.delivered();
    await expect
      .poll(async () => (await doctor.read()).people.map(({ present }) => present))
      .toEqual([true, true]);
    expect(await doctor.read()).toMatchObject({ state: 'ready', status: 'live', provider: 'zoom' });

    clock.advance(10 * MINUTE);
    zoom.leave(guest);
    await zoom.delivered();
    await expect
      .poll(async () => (await patient.read()).people.map(({ hasLeft }) => hasLeft))
      .toEqual([false, true]);
    clock.advance(MINUTE);
    expect((await patient.end()).body.code).toBe('forbidden');
    expect((await doctor.end()).body).toMatchObject({
      status: 'ended',
      endReason: 'host_ended',
      state: 'over',
    });
    await expect
      .poll(() => zoom.requests.some(({ method, path }) => method === 'PUT' && path.endsWith('/status')))
      .toBe(true);

    const report = await server.api.getReport(sessionId);
    expect(report).toMatchObject({ provider: 'zoom', visitors: [], endReason: 'host_ended' });
    expect(report.participants.map(({ userId, minutes }) => [userId, minutes])).toEqual([
      ['doctor', 12],
      ['patient', 10],
    ]);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['link.issued', 'meeting.started', 'participant.joined', 'participant.left']),
    );
    expect(JSON.stringify(entries)).not.toMatch(/zoom\.|zak|token/);
  });

  it('goes to the next provider at the click while the first one is down, for everyone', async () => {
    const { zoom, server } = await started();
    const { sessionId } = await server.createVisit('visit-1');
    zoom.down();
    const people = await Promise.all([
      personOf(server, sessionId, 'doctor'),
      personOf(server, sessionId, 'patient'),
    ]);
    for (const person of people) {
      expect((await person.open()).body).toMatchObject({ provider: 'sfu', url: null });
    }
    zoom.up();
    expect((await people[0].read()).state).toBe('own');
    expect(await server.api.getSession(sessionId)).toMatchObject({
      provider: 'sfu',
      providerReason: expect.stringMatching(/^zoom_unavailable/) as string,
      meetingState: 'own',
    });
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.find(({ action }) => action === 'session.provider_changed')).toMatchObject({
      details: { from: 'zoom', to: 'sfu' },
    });
  });

  it('is booked at the next provider while the first one is down', async () => {
    const { zoom, server, clock } = await started();
    zoom.down();
    const created = await server.createVisit('visit-1');
    expect(created).not.toHaveProperty('provider');
    expect((await server.api.getSession(created.sessionId)).providerReason).toBe('zoom_unavailable');
    zoom.up();
    clock.advance(MINUTE);
    expect((await server.createVisit('visit-2')).provider).toBe('zoom');
  });

  it('is refused with Retry-After if no provider can take it, and can be booked later', async () => {
    const { zoom, server, clock } = await started({ MEETING_PROVIDERS: 'zoom' });
    zoom.down();
    const visit = { appointmentId: 'one', doctorId: 'doctor', patientId: 'patient' };
    const refused = await server.call('POST', '/sessions', visit);
    expect(refused).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    zoom.up();
    clock.advance(MINUTE);
    expect((await server.call('POST', '/sessions', visit)).status).toBe(201);
  });

  it('moves, is cancelled, and gives another session its time, at the provider too', async () => {
    const { zoom, server, clock } = await started();
    const { sessionId } = await server.createVisit('visit-1');
    const doctor = await personOf(server, sessionId, 'doctor');
    await doctor.open();
    await server.api.updateSession(sessionId, { durationMinutes: 90 });
    await expect.poll(() => zoom.requests.some(({ method }) => method === 'PATCH')).toBe(true);
    await server.api.cancelSession(sessionId);
    await expect.poll(() => zoom.meetings()).toEqual([]);
    clock.advance(MINUTE);
    expect((await doctor.open()).status).toBe(410);
  });

  it('accepts no event that the provider has not signed', async () => {
    const { server, zoom } = await started();
    zoom.webhookSecret = 'another-secret-of-somebody-else';
    expect(await zoom.post({ event: 'meeting.ended', event_ts: Date.now(), payload: {} })).toBe(401);
    expect((await server.call('POST', '/webhooks/agora', {})).status).toBe(404);
  });

  it('is refused by the signaling of this server', async () => {
    const { server } = await started();
    const { sessionId } = await server.createVisit('visit-1');
    await expect(ProtocolClient.open(server, sessionId, 'doctor')).rejects.toMatchObject({
      code: 'meeting_elsewhere',
    });
  });
});

describe('a session at Agora', () => {
  it('tells the page by which name Agora knows a person whose id it does not accept, once they enter', async () => {
    const server = await startServer({
      env: {
        MEETING_PROVIDERS: 'agora,sfu',
        AGORA_APP_ID: '0'.repeat(32),
        AGORA_APP_CERTIFICATE: 'a'.repeat(32),
      },
    });
    const { sessionId } = await server.createVisit('visit-1', { patientId: 'Zoë' });
    const doctor = await personOf(server, sessionId, 'doctor');
    const accounts = async () => (await doctor.read()).people.map(({ userId, account }) => [userId, account]);
    expect(await accounts()).toEqual([
      ['doctor', undefined],
      ['Zoë', undefined],
    ]);
    const { body } = await (await personOf(server, sessionId, 'patient', 'Zoë')).open();
    const account = body.credentials?.account;
    expect(account).toMatch(/^~seat-[\da-f]{16}$/);
    expect(await accounts()).toEqual([
      ['doctor', undefined],
      ['Zoë', account],
    ]);
  });
});

describe('POST /sessions with a provider', () => {
  it('refuses one that is not configured', async () => {
    const { server } = await started();
    const visit = { appointmentId: 'one', doctorId: 'doctor', patientId: 'patient', provider: 'agora' };
    expect(await server.call('POST', '/sessions', visit)).toMatchObject({
      status: 400,
      body: { code: 'provider_not_configured' },
    });
  });

  it('uses it first, and says what differs if the appointment is elsewhere', async () => {
    const { server } = await started();
    const visit = { appointmentId: 'one', doctorId: 'doctor', patientId: 'patient', provider: 'sfu' };
    expect((await server.call('POST', '/sessions', visit)).status).toBe(201);
    const again = await server.call('POST', '/sessions', { ...visit, provider: 'zoom' });
    expect(again).toMatchObject({ status: 200, body: { differs: ['provider'] } });
  });
});

describe('GET /providers', () => {
  it('lists the providers in the order of fallback with their last check', async () => {
    const { server } = await started();
    const { body } = await server.call<{ providers: ProviderView[] }>('GET', '/providers');
    expect(body.providers.map(({ provider, available }) => [provider, available])).toEqual([
      ['zoom', true],
      ['sfu', true],
    ]);
    expect(body.providers[0]?.checks.every(({ ok }) => ok)).toBe(true);
  });
});

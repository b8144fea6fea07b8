import { describe, expect, it } from 'vitest';
import * as meetings from '../domain/meetings.ts';
import { BACKEND, MINUTE, NINE } from '../domain/testing/sessions.ts';
import { ProviderError } from './provider-error.ts';
import { meetingProcess, OPENS } from './testing/meeting-fixture.ts';
import { ScriptedProvider } from './testing/scripted-provider.ts';

const DOWN = new ProviderError('unavailable', 'zoom answered with 503', { code: '503' });

async function openVisit(only = false) {
  const zoom = new ScriptedProvider('zoom');
  const process = meetingProcess([zoom]);
  const { sessionId } = await process.book(null, only);
  process.clock.advance(OPENS - process.clock.now());
  const open = (userId: string) => process.meetings.open(sessionId, userId);
  return { ...process, zoom, sessionId, open };
}
const joined = (userId: string, at: number) => ({
  key: `joined-${userId}`,
  meetingId: 'zoom-1',
  at,
  type: 'joined' as const,
  stay: { id: userId, person: { userId } },
});

describe('Meetings.open', () => {
  it('creates the meeting of the first person, and leads the next one there', async () => {
    const { open, zoom } = await openVisit();
    const { entry } = await open('doctor-1');
    expect(entry).toMatchObject({ kind: 'address', url: 'https://zoom.example/zoom-1/doctor-1' });
    expect((await open('patient-1')).entry).toMatchObject({ url: 'https://zoom.example/zoom-1/patient-1' });
    expect(zoom.meetings).toHaveLength(1);
  });

  it('leads both people to the own SFU if the provider does not answer', async () => {
    const { open, zoom } = await openVisit();
    zoom.fail(DOWN);
    const [doctor, patient] = await Promise.all([open('doctor-1'), open('patient-1')]);
    expect([doctor.entry.kind, patient.entry.kind]).toEqual(['own', 'own']);
    zoom.fail(null);
    expect((await open('doctor-1')).entry.kind).toBe('own');
  });

  it('leads to the own SFU if the provider fails after it has created the meeting, and cancels that', async () => {
    const { open, zoom, provisioner, sessionId, clock } = await openVisit();
    await provisioner.advance(sessionId);
    zoom.fail(DOWN);
    expect((await open('doctor-1')).entry.kind).toBe('own');
    zoom.fail(null);
    clock.advance(MINUTE);
    await provisioner.advance(sessionId);
    expect(zoom.open).toHaveLength(0);
  });

  it('refuses to change the provider while a person is in the meeting', async () => {
    const { open, zoom, sessions, sessionId, inbox, providers } = await openVisit();
    await open('doctor-1');
    zoom.received = [joined('doctor-1', OPENS)];
    await inbox.receive('zoom', { path: '', headers: {}, rawBody: new Uint8Array(), now: OPENS });
    inbox.start();
    await expect.poll(async () => (await sessions.get(sessionId)).status).toBe('live');
    zoom.fail(DOWN);
    await expect(open('patient-1')).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect((await sessions.get(sessionId)).provider).toBe('zoom');
    expect(providers.has('zoom')).toBe(true);
  });

  it('refuses to change the provider while a person may be on the way', async () => {
    const { open, zoom, clock } = await openVisit();
    await open('doctor-1');
    zoom.fail(DOWN);
    await expect(open('patient-1')).rejects.toMatchObject({ code: 'provider_unavailable' });
    clock.advance(2 * MINUTE);
    expect((await open('patient-1')).entry.kind).toBe('own');
  });

  it('creates a meeting again that the provider has lost', async () => {
    const { open, zoom, provisioner, sessionId } = await openVisit();
    await provisioner.advance(sessionId);
    zoom.meetings[0]!.state = 'cancelled';
    expect((await open('doctor-1')).entry).toMatchObject({ url: 'https://zoom.example/zoom-2/doctor-1' });
  });

  it('fails with meeting_not_ready while another process creates the meeting', async () => {
    const { open, sessions, sessionId } = await openVisit();
    await sessions.apply(sessionId, (one, now) =>
      meetings.claim(one, { kind: 'create', generation: 1 }, 'process-2', now),
    );
    await expect(open('doctor-1')).rejects.toMatchObject({ code: 'meeting_not_ready', retryAfter: 2 });
  });

  it('fails with provider_unavailable if no other provider is left', async () => {
    const { open, zoom } = await openVisit(true);
    zoom.fail(DOWN);
    await expect(open('doctor-1')).rejects.toMatchObject({ code: 'provider_unavailable', retryAfter: 10 });
    zoom.fail(null);
    expect((await open('doctor-1')).entry.kind).toBe('address');
  });

  it('refuses people without a seat, and those who were removed', async () => {
    const { open, sessions, sessionId } = await openVisit();
    await expect(open('nobody')).rejects.toMatchObject({ code: 'participant_not_found' });
    await sessions.remove(sessionId, 'patient-1', BACKEND);
    await expect(open('patient-1')).rejects.toMatchObject({ code: 'removed' });
  });
});

describe('Meetings.credentials', () => {
  it('fails with no_credentials if the provider has none', async () => {
    const { meetings: service, sessionId } = await openVisit();
    await expect(service.credentials(sessionId, 'doctor-1')).rejects.toMatchObject({
      code: 'no_credentials',
    });
  });
});

describe('MeetingInbox.receive', () => {
  it('ignores events of meetings that no session has', async () => {
    const { zoom, inbox, store } = await openVisit();
    zoom.received = [{ ...joined('doctor-1', NINE), meetingId: 'somebody-else' }];
    await inbox.receive('zoom', { path: '', headers: {}, rawBody: new Uint8Array(), now: NINE });
    expect(await store.meetingEvents.inbox(10)).toEqual([]);
  });

  it('stores events before it answers, for another process to apply', async () => {
    const { zoom, inbox, store, clock, provisioner, sessionId } = await openVisit();
    await provisioner.advance(sessionId);
    zoom.received = [joined('doctor-1', OPENS)];
    await inbox.receive('zoom', { path: '', headers: {}, rawBody: new Uint8Array(), now: OPENS });
    const other = meetingProcess([zoom], { store, clock, owner: 'process-2' });
    other.inbox.start();
    await expect.poll(async () => (await other.sessions.get(sessionId)).intervals.length).toBe(1);
    await expect.poll(() => store.meetingEvents.inbox(10)).toEqual([]);
  });
});

describe('Providers.choose', () => {
  it('chooses the next provider if the first one does not answer, and says why', async () => {
    const zoom = new ScriptedProvider('zoom');
    zoom.fail(DOWN);
    const { providers } = meetingProcess([zoom]);
    expect(await providers.choose(null)).toMatchObject({
      provider: 'sfu',
      providerReason: 'zoom_unavailable',
    });
  });

  it('prefers the named provider, and keeps the others as fallbacks', async () => {
    const { providers } = meetingProcess([new ScriptedProvider('zoom'), new ScriptedProvider('jitsi')]);
    expect(await providers.choose('jitsi')).toMatchObject({ provider: 'jitsi', fallbacks: ['zoom', 'sfu'] });
    expect(await providers.choose(null)).toMatchObject({ provider: 'zoom', fallbacks: ['jitsi', 'sfu'] });
  });

  it('refuses a provider that is not configured', async () => {
    const { providers } = meetingProcess([]);
    await expect(providers.choose('agora')).rejects.toMatchObject({ code: 'provider_not_configured' });
  });

  it('fails with Retry-After if no provider is available', async () => {
    const zoom = new ScriptedProvider('zoom');
    zoom.fail(DOWN);
    const { providers } = meetingProcess([zoom]);
    await expect(providers.choose(null, ['sfu'])).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryAfter: 15,
    });
  });
});

import type { MeetingView } from '@televisit/shared/provider-operations';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientUnderTest } from './testing/client-under-test.ts';
import { visitBootstrap } from './testing/fakes.ts';

const VIEW: MeetingView = {
  provider: 'zoom',
  state: 'ready',
  status: 'scheduled',
  startedAt: null,
  endedAt: null,
  endReason: null,
  closesAt: '2026-01-01T11:00:00.000Z',
  people: [{ userId: 'me', role: 'doctor', displayName: null, present: false, hasLeft: false }],
  strangers: 0,
  token: null,
};
const OVER = { ...VIEW, status: 'ended', endedAt: '2026-01-01T10:30:00.000Z', endReason: 'host_ended' };

let one: ClientUnderTest;

function carriedBy(provider: 'sfu' | 'zoom') {
  const visit = visitBootstrap();
  return { ...visit, session: { ...visit.session, provider } };
}

beforeEach(async () => {
  one = await ClientUnderTest.start();
  one.server.bootstrap = carriedBy('zoom');
  one.server.meeting = (path) =>
    path === '/open'
      ? { provider: 'zoom', url: 'https://zoom.example/1', credentials: null, expiresAt: null }
      : path === '/end'
        ? OVER
        : VIEW;
});
afterEach(() => one.close());

describe('VisitClient in a visit that another provider carries', () => {
  it('start() shows the meeting, without a connection, a device or a prompt', async () => {
    one.client.start();
    const state = await one.until(({ meeting }) => meeting?.readiness === 'ready');
    expect(state).toMatchObject({ phase: 'meeting', connection: 'connected', feedback: 'none' });
    expect(one.server.handshakes).toEqual([]);
    expect(one.media.requests).toEqual([]);
  });

  it('retryMedia() opens the devices, and releaseMedia() closes them', async () => {
    one.client.start();
    await one.phase('meeting');
    await one.client.retryMedia();
    expect(one.state.local.camera.state).toBe('on');
    one.client.releaseMedia();
    expect(one.state.local.camera).toMatchObject({ state: 'none', track: null });
    expect(one.media.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });

  it('meeting.open() opens the feedback, and leave() ends the phase until the next start()', async () => {
    one.client.start();
    await one.phase('meeting');
    await one.client.meeting?.open();
    expect(one.state.feedback).toBe('open');
    await one.client.leave();
    expect(one.state).toMatchObject({ phase: 'left', meeting: null, feedback: 'open' });
    expect(one.client.meeting).toBeNull();
    one.client.start();
    await one.phase('meeting');
  });

  it('endVisit() ends it with the server’s time and reason', async () => {
    one.client.start();
    await one.phase('meeting');
    await one.client.endVisit();
    expect(one.state).toMatchObject({
      phase: 'ended',
      closedAt: Date.parse('2026-01-01T10:30:00.000Z'),
      endReason: 'host_ended',
    });
  });

  it('prepares the call when the visit has moved to this server', async () => {
    one.client.start();
    await one.phase('meeting');
    one.server.bootstrap = carriedBy('sfu');
    one.server.meeting = (path) =>
      path === '/open' ? { provider: 'sfu', url: null, credentials: null, expiresAt: null } : VIEW;
    await one.client.meeting?.open();
    await one.until(({ phase, connection }) => phase === 'ready' && connection === 'connected');
    expect(one.state.meeting).toBeNull();
  });

  it('loads the visit again when signaling says that another provider carries it', async () => {
    one.server.bootstrap = carriedBy('sfu');
    one.server.refusal = { code: 'meeting_elsewhere', message: 'elsewhere' };
    one.client.start();
    await one.server.untilHandshakes(1);
    one.server.bootstrap = carriedBy('zoom');
    await one.phase('meeting');
    expect(one.server.handshakes).toHaveLength(1);
  });

  it('uses a fresh token from then on', async () => {
    one.server.meeting = () => ({ ...VIEW, token: 'fresh' });
    one.client.start();
    await one.until(({ meeting }) => meeting?.readiness === 'ready');
    expect(one.client.joinLink()).toContain('token=fresh');
  });
});

import { describe, expect, it } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import { at, HOUR, MINUTE, NINE, NUMBER, SECOND, startMessaging } from '../support/fixtures/messaging.ts';
import { startServer } from '../support/infra/start-server.ts';

describe('push messages', () => {
  async function subscribed(env: Record<string, string> = {}) {
    const setting = await startMessaging({ REMINDER_MINUTES: '', ...env });
    const { create, push, server, visits, bearer } = setting;
    const sessionId = await create({ seats: [] });
    const browser = push.subscribe();
    const headers = await bearer(sessionId);
    const path = `${visits(sessionId)}/push`;
    const put = (subscription: unknown) => server.call('PUT', path, subscription, headers);
    expect(await put(browser)).toMatchObject({ status: 200, body: { subscriptions: 1 } });
    return { ...setting, sessionId, browser, headers, path, put };
  }

  it('the bootstrap has the public key, and a subscriber hears at once that a host is there', async () => {
    const { server, push, sessionId, browser, headers, visits, passUntil } = await subscribed();
    const { body } = await server.call<{ session: { pushKey?: string } }>(
      'GET',
      visits(sessionId),
      undefined,
      headers,
    );
    expect(body.session.pushKey).toBe(push.env.VAPID_PUBLIC_KEY);
    await server.televisit.sessions.enter(sessionId, 'doctor');
    await passUntil(sessionId, [{ channel: 'push', kind: 'host_here', state: 'sent' }]);
    const [arrival] = push.to(browser);
    expect(arrival).toMatchObject({ urgency: 'high', ttl: 900 });
    expect(arrival?.payload).toMatchObject({
      title: 'Video appointment',
      body: 'You are expected. You can enter your video appointment now.',
      tag: sessionId,
      lang: 'en',
      dir: 'ltr',
    });
    const { headers: answered } = await fetch(arrival!.payload.url!, { redirect: 'manual' });
    expect(answered.get('location')).toContain(`/join/${sessionId}?token=`);
    expect(push.problems).toEqual([]);
  });

  it('a subscriber who is in the visit is not told that a host is there', async () => {
    const { server, push, sessionId, browser, passUntil } = await subscribed();
    const { sessions } = server.televisit;
    await sessions.enter(sessionId, 'patient');
    await sessions.enter(sessionId, 'doctor');
    await expect.poll(async () => (await sessions.get(sessionId)).hostEntered).toBeNull();
    await passUntil(sessionId, []);
    expect(push.to(browser)).toEqual([]);
  });

  it('a new time and a cancellation are announced although no reminder was sent', async () => {
    const { server, push, sessionId, browser, passUntil } = await subscribed();
    await server.api.updateSession(sessionId, { scheduledAt: at(NINE + HOUR) });
    await passUntil(sessionId, [{ kind: 'moved', channel: 'push', state: 'sent' }]);
    await server.api.cancelSession(sessionId);
    await passUntil(sessionId, [{}, { kind: 'cancelled', state: 'sent' }]);
    expect(push.to(browser).map(({ payload }) => payload.body)).toEqual([
      'Your video appointment has a new time: Jan 5, 10:00 AM UTC.',
      'Your video appointment on Jan 5, 10:00 AM UTC is cancelled.',
    ]);
  });

  it('a browser that is gone is forgotten, and an overloaded service is asked again when it wants to be', async () => {
    const { server, push, sessionId, browser, put, passUntil, clock } = await subscribed();
    const gone = push.subscribe();
    await put(gone);
    push.onMessage = (endpoint) =>
      endpoint === gone.endpoint ? { status: 410 } : { status: 429, retryAfter: 30 };
    await server.televisit.sessions.enter(sessionId, 'doctor');
    const before = clock.now();
    const [waiting] = await passUntil(sessionId, [{ state: 'pending', error: '429' }]);
    expect(Date.parse(waiting!.dueAt!) - before).toBeGreaterThanOrEqual(30 * SECOND);
    const { push: store } = server.televisit.store;
    expect((await store.ofSession(sessionId)).map(({ endpoint }) => endpoint)).toEqual([browser.endpoint]);
    push.onMessage = () => ({ status: 201 });
    await passUntil(sessionId, [{ state: 'sent' }], 5 * SECOND);
    expect(push.to(browser)).toHaveLength(1);
  });

  it('a message that the service finds too large fails once', async () => {
    const { server, push, sessionId, passUntil } = await subscribed();
    push.onMessage = () => ({ status: 413 });
    await server.televisit.sessions.enter(sessionId, 'doctor');
    await passUntil(sessionId, [{ state: 'failed', error: '413', attempts: 1 }]);
  });

  it.each([
    ['an address inside the network', { endpoint: 'https://10.0.0.1/push' }, 400, 'push_endpoint'],
    ['another server', { endpoint: 'https://attacker.test/push' }, 400, 'push_endpoint'],
    ['a known service without https', { endpoint: 'http://fcm.googleapis.com/x' }, 400, 'push_endpoint'],
    [
      'a known service on another port',
      { endpoint: 'https://fcm.googleapis.com:22/x' },
      400,
      'push_endpoint',
    ],
    ['no address', { endpoint: 'push' }, 400, 'validation_failed'],
    [
      'a key beside the curve',
      { keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) } },
      400,
      'validation_failed',
    ],
  ])('a subscription with %s is refused and stores nothing', async (_, changes, status, code) => {
    const { server, push, sessionId, put } = await subscribed();
    expect(await put({ ...push.subscribe(), ...changes })).toMatchObject({ status, body: { code } });
    expect(await server.televisit.store.push.ofSession(sessionId)).toHaveLength(1);
  });

  it('a person has five browsers, and ends all by DELETE; both are in the audit log', async () => {
    const { server, clock, push, sessionId, browser, put, path, headers } = await subscribed();
    for (let count = 2; count <= 6; count++) {
      clock.advance(1);
      expect(await put(push.subscribe())).toMatchObject({ body: { subscriptions: Math.min(count, 5) } });
    }
    const stored = await server.televisit.store.push.ofSession(sessionId);
    expect(stored.map(({ endpoint }) => endpoint)).not.toContain(browser.endpoint);
    const deleted = await server.call('DELETE', path, undefined, headers);
    expect(deleted).toMatchObject({ status: 200, body: { subscriptions: 0 } });
    expect(await server.televisit.store.push.ofSession(sessionId)).toEqual([]);
    const actions = (await server.api.getAudit(sessionId)).entries.map(({ action }) => action);
    expect(actions.filter((action) => action === 'push.subscribed')).toHaveLength(6);
    expect(actions.at(-1)).toBe('push.unsubscribed');
  });

  it('a visit that is over, a void link and a server without keys refuse subscriptions', async () => {
    const { server, push, sessionId, put } = await subscribed();
    await server.api.revokeLinks(sessionId, 'patient');
    expect(await put(push.subscribe())).toMatchObject({ status: 401, body: { code: 'token_revoked' } });
    const without = await startServer();
    const visit = await without.createVisit();
    const token = tokenOf(await without.joinUrl(visit.sessionId, 'patient'));
    const headers = { Authorization: `Bearer ${token}` };
    const path = `/api/v1/visits/${visit.sessionId}`;
    expect((await without.call('GET', path, undefined, headers)).body).not.toHaveProperty('session.pushKey');
    expect(await without.call('PUT', `${path}/push`, push.subscribe(), headers)).toMatchObject({
      status: 403,
      body: { code: 'push_off' },
    });
  });

  it('number and subscriptions are part of the export of personal data, and erased', async () => {
    const { server, create, push, visits, bearer, passUntil } = await startMessaging();
    const sessionId = await create({ scheduledAt: at(NINE + HOUR + SECOND) });
    await passUntil(sessionId, [{ state: 'sent' }]);
    await server.api.updateSession(sessionId, { scheduledAt: at(NINE + 10 * MINUTE) });
    await passUntil(sessionId, [{}, { state: 'sent' }]);
    const browser = push.subscribe();
    await server.call('PUT', `${visits(sessionId)}/push`, browser, await bearer(sessionId));
    const { sessions } = await server.api.exportUser('patient');
    expect(sessions[0]).toMatchObject({
      phone: NUMBER,
      smsOptOut: false,
      notifications: [
        { channel: 'sms', kind: 'reminder', state: 'sent' },
        { channel: 'sms', kind: 'moved', state: 'sent' },
      ],
      pushSubscriptions: [{ endpoint: browser.endpoint }],
    });
    await server.api.eraseUser('patient');
    const { store } = server.televisit;
    expect(await store.push.ofSession(sessionId)).toEqual([]);
    expect(await store.notifications.ofSession(sessionId)).toEqual([]);
    expect(JSON.stringify(await store.get(sessionId))).not.toContain(NUMBER);
  });
});

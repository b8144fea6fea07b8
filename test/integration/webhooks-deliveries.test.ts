import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { describe, expect, it } from 'vitest';
import { startServer } from '../support/infra/start-server.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const ENV = { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' };
/** Dead after the first attempt. */
const NO_RETRY = { retry: { firstMs: 1, longestMs: 1, windowMs: 0 } };

describe('deliveries', () => {
  it('the list has stable pages, newest event first, and filters by endpoint, session, state, type and time', async () => {
    const clock = new ManualClock();
    const server = await startServer({ env: ENV, clock });
    const { api } = server;
    const inbox = await WebhookInbox.open();
    const all = await api.createWebhookEndpoint({ url: inbox.url });
    await api.createWebhookEndpoint({ url: inbox.url, events: ['session.cancelled'] });
    const times: string[] = [];
    const sessions: string[] = [];
    for (const appointmentId of ['one', 'two', 'three']) {
      clock.advance(1000);
      times.push(new Date(clock.now()).toISOString());
      const { sessionId } = await server.createVisit(appointmentId);
      sessions.push(sessionId);
      await api.cancelSession(sessionId);
    }
    const list = async (filter = {}) => (await api.listWebhookDeliveries(filter)).deliveries;
    await expect.poll(() => list({ state: 'delivered' })).toHaveLength(9);
    expect(await list({ state: 'pending' })).toEqual([]);

    const collected = [];
    let cursor: string | null = null;
    do {
      const page = await api.listWebhookDeliveries({ limit: 2, cursor });
      expect(page.deliveries.length).toBeLessThanOrEqual(2);
      collected.push(...page.deliveries);
      cursor = page.nextCursor;
      // A new delivery comes before all of them.
      if (collected.length === 2) {
        clock.advance(1000);
        await server.createVisit('four');
      }
    } while (cursor !== null);
    expect(new Set(collected.map(({ deliveryId }) => deliveryId)).size).toBe(9);
    const found = collected.map(({ timestamp }) => timestamp);
    expect(found).toEqual([...found].sort().reverse());

    expect(await list({ endpointId: all.endpointId, sessionId: sessions[0] })).toHaveLength(2);
    expect(await list({ sessionId: sessions[1], type: 'session.created' })).toMatchObject([
      {
        eventId: `evt_${sessions[1]!}_1`,
        endpointId: all.endpointId,
        sequence: 1,
        tries: 1,
        lastStatus: 200,
        lastError: null,
        nextAttemptAt: null,
      },
    ]);
    expect(await list({ type: ['session.cancelled', 'meeting.started'] })).toHaveLength(6);
    expect(await list({ from: times[1], to: times[2] })).toHaveLength(3);
    expect(await list({ state: ['dead', 'pending'], to: times[2] })).toEqual([]);
  });

  it('a delivery shows the result of each attempt, and is dead after the last one', async () => {
    const server = await startServer({ env: ENV, webhookTimes: NO_RETRY });
    const { api } = server;
    const inbox = await WebhookInbox.open((response) => response.writeHead(503).end('back\u0000 soon'));
    await api.createWebhookEndpoint({ url: inbox.url });
    await server.createVisit();
    await expect
      .poll(async () => (await api.listWebhookDeliveries({ state: 'dead' })).deliveries)
      .toHaveLength(1);
    const { deliveryId } = (await api.listWebhookDeliveries()).deliveries[0]!;
    expect(await api.getWebhookDelivery(deliveryId)).toMatchObject({
      state: 'dead',
      tries: 1,
      nextAttemptAt: null,
      lastStatus: 503,
      attempts: [{ status: 503, error: null, answer: 'back\ufffd soon' }],
    });
  });

  it('a dead or delivered delivery is sent again on request, with the same id', async () => {
    const server = await startServer({ env: ENV, webhookTimes: NO_RETRY });
    const { api } = server;
    let status = 500;
    const inbox = await WebhookInbox.open((response) => response.writeHead(status).end());
    const { secret } = await api.createWebhookEndpoint({ url: inbox.url });
    await server.createVisit();
    const states = async () => (await api.listWebhookDeliveries()).deliveries.map(({ state }) => state);
    await expect.poll(states).toEqual(['dead']);
    const { deliveryId } = (await api.listWebhookDeliveries()).deliveries[0]!;
    status = 200;
    expect(await api.replayWebhookDelivery(deliveryId)).toMatchObject({ deliveryId });
    await expect.poll(states).toEqual(['delivered']);
    await api.replayWebhookDelivery(deliveryId);
    await expect.poll(() => inbox.posted).toHaveLength(3);
    expect(new Set(inbox.verified(secret).map(({ id }) => id)).size).toBe(1);
    await expect.poll(async () => (await api.getWebhookDelivery(deliveryId)).attempts).toHaveLength(3);
  });

  it('deliveries of a period in the requested states are sent again', { timeout: 60_000 }, async () => {
    const clock = new ManualClock();
    const server = await startServer({
      env: { ...ENV, API_RATE_LIMIT: '0' },
      clock,
      webhookTimes: NO_RETRY,
    });
    const { api } = server;
    let status = 200;
    const inbox = await WebhookInbox.open((response) => response.writeHead(status).end());
    const { endpointId } = await api.createWebhookEndpoint({ url: inbox.url });
    const other = await api.createWebhookEndpoint({ url: `${inbox.url}?other`, enabled: false });
    const deliveries = async (state: 'dead' | 'delivered') =>
      (await server.televisit.store.webhooks.deliveries({ endpointId, states: [state] }, 10_000)).length;
    // More than one page of the store.
    const early = 620;
    const from = new Date(clock.now()).toISOString();
    for (let count = 0; count < early; count++) await server.createVisit(`early-${count}`);
    await expect.poll(() => deliveries('delivered'), { timeout: 20_000 }).toBe(early);
    clock.advance(1000);
    const to = new Date(clock.now()).toISOString();
    status = 400;
    for (const appointmentId of ['late-1', 'late-2']) await server.createVisit(appointmentId);
    await expect.poll(() => deliveries('dead')).toBe(2);
    status = 200;
    inbox.posted.length = 0;

    expect(await api.replayWebhookEndpoint(endpointId, { from, to, states: ['dead'] })).toEqual({
      replayed: 0,
    });
    expect(await api.replayWebhookEndpoint(endpointId, { from, to })).toEqual({ replayed: early });
    const later = new Date(clock.now() + 1000).toISOString();
    expect(await api.replayWebhookEndpoint(endpointId, { from: to, to: later, states: ['dead'] })).toEqual({
      replayed: 2,
    });
    // Nothing triggers a clock that stands still.
    await expect
      .poll(
        () => {
          clock.advance(1000);
          return deliveries('delivered');
        },
        { timeout: 20_000 },
      )
      .toBe(early + 2);
    expect(inbox.posted).toHaveLength(early + 2);
    expect(
      (await api.listWebhookDeliveries({ endpointId: other.endpointId, state: 'delivered' })).deliveries,
    ).toEqual([]);
  });

  it('missing deliveries and invalid queries are answered with a clear error', async () => {
    const server = await startServer({ env: ENV });
    const { api } = server;
    const { endpointId } = await api.createWebhookEndpoint({ url: 'https://receiver.test/' });
    for (const call of [
      () => api.getWebhookDelivery('evt_sess_0_1.whe_0'),
      () => api.replayWebhookDelivery('..%2f'),
      () => api.replayWebhookDelivery('\u0000'),
    ]) {
      await expect(call()).rejects.toMatchObject({ status: 404, code: 'delivery_not_found' });
    }
    const range = { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    await expect(api.replayWebhookEndpoint(endpointId, range)).rejects.toMatchObject({
      code: 'validation_failed',
      issues: [{ path: 'from', message: 'must lie before "to"' }],
    });
    for (const query of [
      'state=lost',
      'type=session.exploded',
      'limit=0',
      'limit=201',
      'cursor=x',
      'from=now',
      'who=me',
    ]) {
      const { status, body } = await server.call('GET', `/webhook-deliveries?${query}`);
      expect([query, status, body.code]).toEqual([query, 400, 'validation_failed']);
    }
    // A cursor of another list.
    const foreign = Buffer.from(`1:sess_00000000`).toString('base64url');
    expect((await server.call('GET', `/webhook-deliveries?cursor=${foreign}`)).status).toBe(400);
  });
});

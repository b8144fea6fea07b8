import { newSecret } from '@televisit/server/webhooks/signature';
import { MAX_ENDPOINTS } from '@televisit/server/domain/webhook-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const LONG = `https://receiver.test/${'x'.repeat(2000)}`;
const ENV = { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' };

describe('a webhook endpoint', () => {
  it('an endpoint gets events from its creation on, signed with the secret of the response', async () => {
    const { api, ...server } = await started();
    const inbox = await WebhookInbox.open();
    await api.createSession({ appointmentId: 'before', doctorId: 'd', patientId: 'p' });
    const created = await api.createWebhookEndpoint({ url: inbox.url, description: 'The clinic' });
    expect(created).toMatchObject({
      endpointId: expect.stringMatching(/^whe_[0-9a-f]{32}$/) as string,
      url: inbox.url,
      description: 'The clinic',
      events: null,
      enabled: true,
      disabledReason: null,
      source: 'api',
      oldSecretUntil: null,
      secret: expect.stringMatching(/^whsec_/) as string,
    });
    const { sessionId } = await server.visit('after');
    await api.cancelSession(sessionId);
    await expect.poll(() => inbox.types()).toEqual(['session.created', 'session.cancelled']);
    const [first, second] = inbox.verified(created.secret);
    expect(first).toMatchObject({ id: `evt_${sessionId}_1`, sessionId, appointmentId: 'after', sequence: 1 });
    expect(second).toMatchObject({ sequence: 2 });
    for (const { headers, body } of inbox.posted) {
      expect(headers['webhook-id']).toBe((JSON.parse(body) as { id: string }).id);
      expect(headers['content-type']).toBe('application/json');
    }

    const { secret, ...shown } = created;
    expect(await api.getWebhookEndpoint(created.endpointId)).toEqual(shown);
    expect(JSON.stringify(await api.listWebhookEndpoints())).not.toContain(secret);
    expect(await api.listWebhookEndpoints()).toEqual({ endpoints: [shown] });
  });

  it('an endpoint gets the event types it subscribes to, and others after a change', async () => {
    const { api, visit } = await started();
    const inbox = await WebhookInbox.open();
    const { endpointId } = await api.createWebhookEndpoint({ url: inbox.url, events: ['session.cancelled'] });
    const first = await visit('one');
    await api.cancelSession(first.sessionId);
    await expect.poll(() => inbox.types()).toEqual(['session.cancelled']);
    const changed = await api.updateWebhookEndpoint(endpointId, { events: ['session.created'] });
    expect(changed.events).toEqual(['session.created']);
    const second = await visit('two');
    await api.cancelSession(second.sessionId);
    await visit('three');
    await expect
      .poll(() => inbox.types())
      .toEqual(['session.cancelled', 'session.created', 'session.created']);
  });

  it('a disabled endpoint gets nothing, and everything it missed when it is enabled', async () => {
    const { api, visit } = await started();
    const inbox = await WebhookInbox.open();
    const { endpointId } = await api.createWebhookEndpoint({ url: inbox.url, enabled: false });
    expect(await api.getWebhookEndpoint(endpointId)).toMatchObject({
      enabled: false,
      disabledReason: 'manual',
    });
    const { sessionId } = await visit('one');
    await expect
      .poll(async () => (await api.listWebhookDeliveries({ sessionId })).deliveries)
      .toMatchObject([{ state: 'pending', tries: 0, type: 'session.created' }]);
    expect(inbox.posted).toEqual([]);
    expect(await api.updateWebhookEndpoint(endpointId, { enabled: true })).toMatchObject({
      enabled: true,
      disabledReason: null,
    });
    await expect.poll(() => inbox.types()).toEqual(['session.created']);
  });

  it('an endpoint that answers 410 is disabled with a reason', async () => {
    const { api, visit } = await started();
    const inbox = await WebhookInbox.open((response) => response.writeHead(410).end());
    const { endpointId } = await api.createWebhookEndpoint({ url: inbox.url });
    await visit('one');
    await expect
      .poll(() => api.getWebhookEndpoint(endpointId))
      .toMatchObject({ enabled: false, disabledReason: 'gone' });
  });

  it('an endpoint has two secrets that both sign for some hours after a rotation', async () => {
    const { api, visit } = await started();
    const inbox = await WebhookInbox.open();
    const { endpointId, secret: old } = await api.createWebhookEndpoint({ url: inbox.url });
    const rotated = await api.rotateWebhookSecret(endpointId, { overlapHours: 2 });
    expect(rotated.secret).not.toBe(old);
    expect(Date.parse(rotated.oldSecretUntil ?? '') - Date.now()).toBeGreaterThan(119 * 60_000);
    await visit('one');
    await expect.poll(() => inbox.posted).toHaveLength(1);
    for (const secret of [old, rotated.secret]) expect(inbox.verified(secret)).toHaveLength(1);

    const again = await api.rotateWebhookSecret(endpointId, { overlapHours: 0 });
    expect(again.oldSecretUntil).toBeNull();
    await visit('two');
    await expect.poll(() => inbox.posted).toHaveLength(2);
    inbox.posted.shift();
    expect(inbox.verified(again.secret)).toHaveLength(1);
    for (const secret of [old, rotated.secret]) expect(() => inbox.verified(secret)).toThrow();
  });

  it('a test is sent at once, also to a disabled endpoint, and is no delivery', async () => {
    const { api } = await started();
    const inbox = await WebhookInbox.open();
    const { endpointId, secret } = await api.createWebhookEndpoint({ url: inbox.url, enabled: false });
    const result = await api.testWebhookEndpoint(endpointId);
    expect(result).toMatchObject({ delivered: true, status: 200, error: null, answer: 'thanks' });
    expect(inbox.verified(secret)).toMatchObject([{ id: result.eventId, type: 'webhook.test', data: {} }]);
    expect(await api.listWebhookDeliveries()).toEqual({ deliveries: [], nextCursor: null });
  });

  it.each([
    [500, false],
    [302, false],
    [299, true],
  ])('a test answered with %i counts as delivered: %s', async (status, delivered) => {
    const { api } = await started();
    const inbox = await WebhookInbox.open((response) => response.writeHead(status, { Location: '/' }).end());
    const { endpointId } = await api.createWebhookEndpoint({ url: inbox.url });
    expect(await api.testWebhookEndpoint(endpointId)).toMatchObject({ delivered, status, error: null });
    expect(inbox.posted).toHaveLength(1);
  });

  it('a test of an unreachable endpoint says why it failed', async () => {
    const { api } = await started();
    const { endpointId } = await api.createWebhookEndpoint({ url: 'https://localhost:1/' });
    expect(await api.testWebhookEndpoint(endpointId)).toMatchObject({
      delivered: false,
      status: null,
      error: 'address_forbidden',
      answer: null,
    });
  });

  it('a deleted endpoint is gone with its deliveries', async () => {
    const { api, visit } = await started();
    const inbox = await WebhookInbox.open();
    const { endpointId } = await api.createWebhookEndpoint({ url: inbox.url });
    await visit('one');
    await expect.poll(() => inbox.posted).toHaveLength(1);
    expect(await api.deleteWebhookEndpoint(endpointId)).toMatchObject({ endpointId });
    expect((await api.listWebhookDeliveries()).deliveries).toEqual([]);
    for (const call of [
      () => api.getWebhookEndpoint(endpointId),
      () => api.updateWebhookEndpoint(endpointId, { enabled: true }),
      () => api.deleteWebhookEndpoint(endpointId),
      () => api.rotateWebhookSecret(endpointId),
      () => api.testWebhookEndpoint(endpointId),
      () =>
        api.replayWebhookEndpoint(endpointId, { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }),
    ]) {
      await expect(call()).rejects.toMatchObject({ status: 404, code: 'endpoint_not_found' });
    }
  });

  it('at most a hundred endpoints exist', async () => {
    const { api } = await started();
    const create = () => api.createWebhookEndpoint({ url: 'https://receiver.test/' });
    for (let count = 0; count < MAX_ENDPOINTS; count++) await create();
    await expect(create()).rejects.toMatchObject({ status: 409, code: 'too_many_endpoints' });
  });

  it('a refused change leaves an endpoint as it was', async () => {
    const { api } = await started();
    const { endpointId } = await api.createWebhookEndpoint({ url: 'https://receiver.test/' });
    await expect(api.updateWebhookEndpoint(endpointId, { url: 'https://10.0.0.1/' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    expect(await api.getWebhookEndpoint(endpointId)).toMatchObject({ url: 'https://receiver.test/' });
    const same = await api.updateWebhookEndpoint(endpointId, { url: 'https://receiver.test/' });
    expect(same).toEqual(await api.getWebhookEndpoint(endpointId));
  });

  it('concurrent changes of an endpoint are all applied', async () => {
    const { api } = await started();
    const { endpointId } = await api.createWebhookEndpoint({ url: 'https://receiver.test/' });
    await Promise.all([
      api.updateWebhookEndpoint(endpointId, { description: 'Mine' }),
      api.updateWebhookEndpoint(endpointId, { events: ['report.ready'] }),
      api.updateWebhookEndpoint(endpointId, { enabled: false }),
      api.updateWebhookEndpoint(endpointId, { url: 'https://elsewhere.test/' }),
    ]);
    expect(await api.getWebhookEndpoint(endpointId)).toMatchObject({
      description: 'Mine',
      events: ['report.ready'],
      enabled: false,
      url: 'https://elsewhere.test/',
    });
  });
});

describe('a new webhook endpoint is refused', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ closedBy: 'caller', env: ENV });
  });
  afterAll(() => server.close());

  it.each([
    ['url', { url: 'http://receiver.test/' }, /WEBHOOK_ALLOW_HOSTS/],
    ['url', { url: 'https://10.0.0.1/' }, /private or reserved/],
    ['url', { url: 'https://169.254.169.254/latest' }, /private or reserved/],
    ['url', { url: 'https://0x7f000002/' }, /private or reserved/],
    ['url', { url: 'https://[::ffff:10.0.0.1]/' }, /private or reserved/],
    ['url', { url: 'https://user:secret@receiver.test/' }, /user name/],
    ['url', { url: 'https://receiver.test/#a' }, /fragment/],
    ['url', { url: 'ftp://receiver.test/' }, /http/],
    ['url', { url: LONG }, /http/],
    ['url', {}, /http/],
    ['events.0', { url: 'https://receiver.test/', events: ['session.exploded'] }, /session\.created/],
    ['events', { url: 'https://receiver.test/', events: [] }, />=1/],
    ['events', { url: 'https://receiver.test/', events: ['report.ready', 'report.ready'] }, /twice/],
    ['', { url: 'https://receiver.test/', secret: 'mine' }, /secret/],
  ])('an endpoint with an invalid %s is refused: %o', async (path, body, words) => {
    const before = await server.api.listWebhookEndpoints();
    const { status, body: problem } = await server.call('POST', '/webhook-endpoints', body);
    expect([status, problem.code]).toEqual([400, 'validation_failed']);
    expect(problem.errors).toContainEqual({ path, message: expect.stringMatching(words) as string });
    expect(await server.api.listWebhookEndpoints()).toEqual(before);
  });
});

describe('the endpoint of WEBHOOK_URL', () => {
  it('the endpoint of the environment exists from the start, and API calls can only switch and test it', async () => {
    const inbox = await WebhookInbox.open();
    const secret = newSecret();
    const { api, visit } = await started({ WEBHOOK_URL: inbox.url, WEBHOOK_SECRET: secret });
    const { endpoints } = await api.listWebhookEndpoints();
    expect(endpoints).toMatchObject([
      { endpointId: 'whe_config', source: 'config', url: inbox.url, enabled: true, events: null },
    ]);
    await visit('one');
    await expect.poll(() => inbox.posted).toHaveLength(1);
    expect(inbox.verified(secret)).toMatchObject([{ type: 'session.created' }]);
    for (const call of [
      () => api.updateWebhookEndpoint('whe_config', { url: 'https://elsewhere.test/' }),
      () => api.updateWebhookEndpoint('whe_config', { events: null, enabled: false }),
      () => api.deleteWebhookEndpoint('whe_config'),
      () => api.rotateWebhookSecret('whe_config'),
    ]) {
      await expect(call()).rejects.toMatchObject({ status: 409, code: 'endpoint_from_config' });
    }
    expect(await api.updateWebhookEndpoint('whe_config', { enabled: false })).toMatchObject({
      enabled: false,
    });
    expect(await api.testWebhookEndpoint('whe_config')).toMatchObject({ delivered: true });
  });

  it('the endpoint follows the environment after each restart', { timeout: 60_000 }, async () => {
    const inbox = await WebhookInbox.open();
    const [first, second] = [newSecret(), newSecret()];
    const dataDir = temporaryFolder();
    const run = async (env: Record<string, string>, look: (server: Running) => Promise<void>) => {
      const settings = { DATA_DIR: dataDir, WORKERS: '1', ...ENV, ...env };
      const process = await startServer({ process: 'server', env: settings, closedBy: 'caller' });
      try {
        const { localUrl, internalSecret = '' } = await process.listening();
        await look(async (method, path, body) => {
          const answer = await fetch(localUrl + path, {
            method,
            headers: { 'X-Internal-Secret': internalSecret, 'Content-Type': 'application/json' },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          return answer.json();
        });
      } finally {
        await process.close();
      }
    };
    const visit = (appointmentId: string) => ({ appointmentId, doctorId: 'd', patientId: 'p' });
    await run({ WEBHOOK_URL: inbox.url, WEBHOOK_SECRET: first }, async (call) => {
      await call('PATCH', '/webhook-endpoints/whe_config', { enabled: false });
      await call('POST', '/sessions', visit('one'));
    });
    expect(inbox.posted).toEqual([]);
    const moved = `${inbox.url}?moved`;
    await run(
      { WEBHOOK_URL: moved, WEBHOOK_SECRET: second, WEBHOOK_SECRET_PREVIOUS: first },
      async (call) => {
        expect(await call('GET', '/webhook-endpoints')).toMatchObject({
          endpoints: [{ url: moved, enabled: true }],
        });
        await call('POST', '/sessions', visit('two'));
        // Events that were kept while it was disabled are not lost.
        await expect.poll(() => inbox.posted, { timeout: 10_000 }).toHaveLength(2);
        for (const secret of [first, second]) expect(inbox.verified(secret)).toHaveLength(2);
        // A process that is killed before it stores the result delays the next event until its lease is over.
        await expect
          .poll(() => call('GET', '/webhook-deliveries?state=pending'))
          .toMatchObject({ deliveries: [] });
      },
    );
    await run({}, async (call) => {
      expect(await call('GET', '/webhook-endpoints')).toMatchObject({
        endpoints: [{ enabled: false, disabledReason: 'config' }],
      });
      await call('POST', '/sessions', visit('three'));
    });
    await run({ WEBHOOK_URL: moved, WEBHOOK_SECRET: second }, async () => {
      await expect.poll(() => inbox.posted, { timeout: 10_000 }).toHaveLength(3);
    });
    await run({}, async (call) => {
      await call('DELETE', '/webhook-endpoints/whe_config');
      expect(await call('GET', '/webhook-endpoints')).toEqual({ endpoints: [] });
    });
  });
});

type Running = (method: string, path: string, body?: object) => Promise<unknown>;

async function started(env: Record<string, string> = {}) {
  const server = await startServer({ env: { ...ENV, ...env } });
  return {
    api: server.api,
    call: (method: string, path: string, body: object) => server.call(method, path, body),
    visit: (appointmentId: string) => server.createVisit(appointmentId),
  };
}

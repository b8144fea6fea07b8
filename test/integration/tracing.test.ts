import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { freePort } from '../support/infra/free-port.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { OtlpReceiver } from '../support/infra/otlp-receiver.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
/** A span of the backend, which is recorded. */
const BACKEND = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const TRACEPARENT = `00-${BACKEND.traceId}-${BACKEND.spanId}-01`;

const hooksTo = ({ url }: WebhookInbox) => ({
  WEBHOOK_URL: url,
  WEBHOOK_SECRET: SECRET,
  WEBHOOK_ALLOW_HOSTS: new URL(url).host,
});
const visit = { doctorId: 'doctor', patientId: 'patient', appointmentId: 'appointment-1' };

/** Creates a visit as a backend that traces. */
async function createVisit(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ ...visit, appointmentId: `appointment-${Math.random()}` }),
  });
  return ((await response.json()) as { sessionId: string }).sessionId;
}

describe('traces', () => {
  it('a request of a backend, the store and the webhook are one trace, which the receiver can continue', async () => {
    const receiver = await OtlpReceiver.start();
    const inbox = await WebhookInbox.open();
    const server = await startServer({
      env: {
        ...hooksTo(inbox),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20key',
        OTEL_SERVICE_NAME: 'clinic',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
      },
    });
    const sessionId = await createVisit(server.url, {
      traceparent: TRACEPARENT,
      'X-Request-Id': 'backend-create-1',
    });
    await until('the webhook is delivered', () => inbox.posted.length > 0);
    await until('the spans arrive', () => receiver.named('webhook deliver').length > 0);
    const tree = receiver.treeOf(BACKEND.traceId);
    expect(tree.filter((line) => !line.includes('store '))).toEqual([
      'HTTP createSession',
      '  webhook deliver',
    ]);
    expect(tree).toContain('  store insert');
    const [request] = receiver.named('HTTP createSession');
    expect(request).toMatchObject({
      parentSpanId: BACKEND.spanId,
      failed: false,
      attributes: {
        'http.route': '/sessions',
        'http.response.status_code': 201,
        'televisit.request.id': 'backend-create-1',
      },
      resource: { 'service.name': 'clinic', 'deployment.environment': 'test' },
    });
    const [delivery] = receiver.named('webhook deliver');
    expect(delivery?.attributes).toMatchObject({
      'televisit.session.id': sessionId,
      'televisit.event.type': 'session.created',
      'televisit.delivery.state': 'delivered',
      'http.response.status_code': 200,
    });
    expect(inbox.posted[0]?.headers.traceparent).toBe(`00-${BACKEND.traceId}-${delivery?.spanId}-01`);
    expect(receiver.headers[0]?.['api-key']).toBe('a key');
  });

  it('a join is one trace, from the load of the page to the room', async () => {
    const receiver = await OtlpReceiver.start();
    const server = await startServer({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    const { sessionId } = await server.createVisit();
    const joinUrl = await server.joinUrl(sessionId, 'doctor');
    await fetch(`${server.url}/api/v1/visits/${sessionId}`, {
      headers: { Authorization: `Bearer ${tokenOf(joinUrl)}`, traceparent: TRACEPARENT },
    });
    const client = await ProtocolClient.connect(server, joinUrl);
    await client.enter();
    client.socket.disconnect();
    await until('the spans arrive', () => receiver.named('join').length > 0);
    const [loaded] = receiver.named('HTTP getVisit');
    expect(loaded?.attributes['http.response.status_code']).toBe(200);
    // A browser cannot have a trace recorded that it names.
    expect(loaded?.traceId).not.toBe(BACKEND.traceId);
    const tree = receiver.treeOf(loaded?.traceId ?? '').filter((line) => !line.includes('store '));
    expect(tree.slice(0, 2)).toEqual(['HTTP getVisit', '  join']);
    expect(tree).toEqual(
      expect.arrayContaining([
        '    handshake',
        '    room open',
        '    signaling prepare',
        '    signaling join',
      ]),
    );
    expect(receiver.named('join')[0]?.attributes).toMatchObject({ 'televisit.session.id': sessionId });
  });

  it.each([
    ['always_off', TRACEPARENT, 0],
    ['parentbased_always_off', TRACEPARENT, 1],
    ['parentbased_always_on', TRACEPARENT.replace(/01$/, '00'), 0],
    ['traceidratio', TRACEPARENT, 0],
  ])('OTEL_TRACES_SAMPLER=%s for the parent %s records %i requests', async (sampler, traceparent, count) => {
    const receiver = await OtlpReceiver.start();
    const server = await startServer({
      closedBy: 'caller',
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_TRACES_SAMPLER: sampler,
        OTEL_TRACES_SAMPLER_ARG: '0',
      },
    });
    await createVisit(server.url, { traceparent });
    // The last spans are sent before the server is closed.
    await server.close();
    expect(receiver.named('HTTP createSession')).toHaveLength(count);
  });

  it('requests are answered and the server closes in time while the receiver of spans is away', async () => {
    const lines: string[] = [];
    const server = await startServer({
      closedBy: 'caller',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` },
      onLog: (line) => lines.push(line),
    });
    const failures = () => lines.filter((line) => line.includes('failed to export spans')).length;
    await createVisit(server.url);
    await until('the failure is logged', () => failures() > 0);
    for (let index = 0; index < 3; index++) expect(await createVisit(server.url)).toMatch(/^sess_/);
    const from = performance.now();
    await server.close();
    expect(performance.now() - from).toBeLessThan(9_000);
    expect(failures()).toBe(1);
  });

  it.each([
    ['no module of OpenTelemetry is loaded without an endpoint', false],
    ['OpenTelemetry is loaded with an endpoint', true],
  ])('%s', async (_, isOn) => {
    const receiver = await OtlpReceiver.start();
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => {
        if (url.includes('/@opentelemetry/')) process.stderr.write('loaded ' + url + '\\n');
        return next(url, context);
      } });`;
    const server = await startServer({
      process: 'server',
      env: {
        WORKERS: '1',
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
        ...(isOn ? { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } : {}),
      },
    });
    expect(server.output.includes('/@opentelemetry/')).toBe(isOn);
  });

  it.skipIf(!MongoServer.available() || !redisAvailable('traces across servers'))(
    'a trace continues on other servers: over the bus, the proxy of signaling, and the stored event',
    async () => {
      const [mongo, redis] = [await MongoServer.start(), await RedisServer.start()];
      onTestFinished(() => mongo.dispose());
      const receiver = await OtlpReceiver.start();
      const inbox = await WebhookInbox.open();
      const shared = {
        ...hooksTo(inbox),
        MONGO_URI: mongo.uriFor(),
        REDIS_URL: redis.url,
        WORKERS: '1',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      };
      const start = (nodes: string) =>
        startServer({ process: 'server', env: { ...shared, SFU_NODES: nodes } });
      const [, api] = await Promise.all([start('sfu-1'), start('')]);
      await until('the servers know each other', async () => {
        const { nodes } = await api.backend.api.listNodes();
        return nodes.some(({ state, url }) => state === 'ready' && url !== '');
      });
      const { sessionId } = await api.backend.createVisit();
      const client = await ProtocolClient.connect(api, await api.backend.joinUrl(sessionId, 'doctor'));
      await client.enter();
      await fetch(`${api.url}/sessions/${sessionId}/end`, {
        method: 'POST',
        headers: { 'X-Internal-Secret': INTERNAL_SECRET, traceparent: TRACEPARENT },
      });
      await until('the end is delivered', () => inbox.types().includes('meeting.ended'));
      await until('the spans arrive', () => receiver.named('join').length > 0);
      const [forward] = receiver.named('signaling forward');
      const [join] = receiver.named('join');
      expect(join?.parentSpanId).toBe(forward?.spanId);
      expect(instanceOf(join)).not.toBe(instanceOf(forward));
      const ending = () => receiver.treeOf(BACKEND.traceId).filter((line) => !line.includes('store '));
      await until('both servers reported', () => ending().length >= 4);
      expect(ending().slice(0, 3)).toEqual([
        'HTTP endSession',
        '  bus session:changed',
        '    bus session:changed',
      ]);
      expect(ending()).toContain('  webhook deliver');
      const [asked, done] = receiver
        .named('bus session:changed')
        .filter(({ traceId }) => traceId === BACKEND.traceId)
        .map(instanceOf);
      expect(asked).not.toBe(done);
    },
  );
});

function instanceOf(span: OtlpReceiver['spans'][number] | undefined): unknown {
  return span?.resource['service.instance.id'];
}

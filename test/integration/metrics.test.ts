import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { LOCALHOST } from '@televisit/server/webhooks/testing/certificates';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { freePort } from '../support/infra/free-port.ts';
import { Prometheus, prometheusAvailable, promtool } from '../support/infra/prometheus.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';

const TOKEN = 'metrics-token-0123456789abcdef0123456789';
/** Of a browser that never sends a packet. */
const DTLS = {
  role: 'client' as const,
  fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }],
};
const ALERTS = join(import.meta.dirname, '../../deploy/prometheus/alerts.yml');

function scrape({ url }: { readonly url: string }, token?: string): Promise<Response> {
  return fetch(`${url}/metrics`, {
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
}

describe('GET /metrics', () => {
  it('metrics are not there when neither port nor token is set', async () => {
    const server = await startServer();
    expect((await scrape(server, TOKEN)).status).toBe(404);
  });

  it('metrics on the main port need the token', async () => {
    const server = await startServer({ env: { METRICS_TOKEN: TOKEN } });
    for (const token of [undefined, 'wrong', `${TOKEN}x`]) {
      const refused = await scrape(server, token);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ code: 'metrics_token' });
    }
    const answer = await scrape(server, TOKEN);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toMatch(/^televisit_build_info\{version="[^"]+"\} 1$/m);
  });

  it('metrics on a port of their own are not on the main one', async () => {
    const port = await freePort();
    const server = await startServer({ env: { METRICS_PORT: String(port), METRICS_TOKEN: TOKEN } });
    const own = { url: `http://127.0.0.1:${port}` };
    expect((await scrape(server, TOKEN)).status).toBe(404);
    expect((await scrape(own)).status).toBe(401);
    expect((await scrape(own, TOKEN)).status).toBe(200);
    expect((await fetch(`${own.url}/sessions`)).status).toBe(404);
  });

  it('metrics count a visit, and contain nothing of its people', async () => {
    const server = await startServer({ env: { METRICS_TOKEN: TOKEN } });
    const { sessionId } = await server.createVisit('appointment-Xyzzy');
    const clients = [];
    for (const role of ['doctor', 'patient'] as const) {
      clients.push(await ProtocolClient.join(server, sessionId, role));
    }
    const text = await (await scrape(server, TOKEN)).text();
    const lines = [
      'televisit_visits_created_total 1',
      'televisit_visits 1',
      'televisit_participants 2',
      'televisit_ready 1',
      'televisit_store_up 1',
      'televisit_workers 1',
      // Two streams and the warm-up of each.
      'televisit_worker_consumers{worker="1"} 6',
      'televisit_node_state{state="ready"} 1',
      'televisit_join_steps_total{step="connect",outcome="ok",code=""} 2',
      'televisit_join_steps_total{step="join",outcome="ok",code=""} 2',
      'televisit_join_seconds_count{step="join"} 2',
      'televisit_http_request_seconds_count{operation="createSession",status="2xx"} 1',
    ];
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
    expect(text).not.toMatch(/^televisit_bus_up /m);
    expect(text).not.toMatch(/sess_|Xyzzy|doctor|patient|Bearer|sfu-1/);
    const [doctor] = clients;
    const lie = { level: 'poor', rttMs: 60_000, lossPercent: 100, relayed: true } as const;
    for (let index = 0; index < 9; index++) await doctor!.request('network:report', lie);
    await expect(doctor!.send('network:report', { ...lie, rttMs: 1e9 })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const lied = await (await scrape(server, TOKEN)).text();
    expect(lied.split('\n')).toEqual(
      expect.arrayContaining([
        'televisit_rtt_seconds_sum 12',
        'televisit_rtt_seconds_count 3',
        'televisit_packet_loss_ratio_sum 3',
        'televisit_first_frame_seconds_count 0',
        'televisit_transports{protocol="turn",state="new"} 2',
        'televisit_transports{protocol="none",state="new"} 2',
      ]),
    );
    await doctor!.request('transport:restart-ice', { transportId: doctor!.prepared!.sendTransport.id });
    const { rtpCapabilities } = await doctor!.bootstrap();
    const { transport } = await doctor!.request('probe:open', {
      path: 'udp',
      rtpCapabilities: rtpCapabilities as Record<string, unknown>,
    });
    await doctor!.request('transport:connect', { transportId: transport.id, dtlsParameters: DTLS });
    await doctor!.request('probe:close', {});
    process.kill(server.televisit.nodes.get('sfu-1')!.workers[0]!.pid, 'SIGKILL');
    await until('the repairs are counted', async () => {
      const counted = (await (await scrape(server, TOKEN)).text()).split('\n');
      return [
        'televisit_ice_restarts_total{outcome="ok"} 1',
        'televisit_connection_tests_total{path="udp",outcome="failed"} 1',
        'televisit_moves_total{reason="dead_worker",outcome="moved"} 1',
      ].every((line) => counted.includes(line));
    });
    for (const client of clients) client.socket.disconnect();
    await until('the departures are counted', async () =>
      /^televisit_departures_total\{reason="left"\} 2$/m.test(await (await scrape(server, TOKEN)).text()),
    );
  });

  it('the certificate of the public address has its date in the metrics, also if nobody trusts it', async () => {
    const proxy = createHttpsServer(LOCALHOST).listen(0);
    onTestFinished(() => void proxy.close());
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const server = await startServer({
      env: { METRICS_TOKEN: TOKEN, CLIENT_BASE_URL: `https://localhost:${port}` },
    });
    const { validTo } = new X509Certificate(LOCALHOST.cert);
    const line = `televisit_certificate_expiry_timestamp_seconds ${Date.parse(validTo) / 1000}`;
    await until('the certificate was read', async () =>
      (await (await scrape(server, TOKEN)).text()).includes(line),
    );
  });

  it.skipIf(!prometheusAvailable('the names of metrics'))('promtool accepts the metrics', async () => {
    const server = await startServer({ env: { METRICS_TOKEN: TOKEN } });
    const { sessionId } = await server.createVisit();
    const client = await ProtocolClient.join(server, sessionId, 'doctor');
    expect(promtool(['check', 'metrics'], await (await scrape(server, TOKEN)).text())).toBe('');
    client.socket.disconnect();
  });

  it.skipIf(!prometheusAvailable('a scrape by Prometheus'))(
    'a real Prometheus scrapes a server, and evaluates every alert',
    async () => {
      const port = await freePort();
      const server = await startServer({ env: { METRICS_PORT: String(port), METRICS_TOKEN: TOKEN } });
      await server.createVisit();
      const prometheus = await Prometheus.start({ target: port, token: TOKEN, rules: ALERTS });
      const value = async (query: string) => (await prometheus.query(query))[0]?.value[1];
      await until('Prometheus scraped the server', async () => (await value('up')) === '1');
      expect(await value('sum(televisit_visits_created_total)')).toBe('1');
      expect(await value('televisit_ready')).toBe('1');
      await until('all alerts were evaluated', async () => {
        const health = Object.values(await prometheus.rules());
        return health.length === 14 && health.every((one) => one === 'ok');
      });
      expect(await prometheus.query('ALERTS')).toEqual([]);
    },
  );
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { freePort } from '../support/infra/free-port.ts';
import { Prometheus, prometheusAvailable, promtool } from '../support/infra/prometheus.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';

const TOKEN = 'metrics-token-0123456789abcdef0123456789';
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
      'televisit_node_state{state="ready"} 1',
      'televisit_join_steps_total{step="connect",outcome="ok",code=""} 2',
      'televisit_join_steps_total{step="join",outcome="ok",code=""} 2',
      'televisit_join_seconds_count{step="join"} 2',
      'televisit_http_request_seconds_count{operation="createSession",status="2xx"} 1',
    ];
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
    expect(text).not.toMatch(/^televisit_bus_up /m);
    expect(text).not.toMatch(/sess_|Xyzzy|doctor|patient|Bearer|sfu-1/);
    for (const client of clients) client.socket.disconnect();
    await until('the departures are counted', async () =>
      /^televisit_departures_total\{reason="left"\} 2$/m.test(await (await scrape(server, TOKEN)).text()),
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
        return health.length === 10 && health.every((one) => one === 'ok');
      });
      expect(await prometheus.query('ALERTS')).toEqual([]);
    },
  );
});

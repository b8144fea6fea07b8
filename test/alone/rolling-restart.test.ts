import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { visitRequest } from '../support/clients/backend.ts';
import { freePort } from '../support/infra/free-port.ts';
import { loadBalancers, type LoadBalancer } from '../support/infra/load-balancer.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { ServerProcess } from '../support/infra/server-process.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';

/** The pause between two requests, which go through the load balancers in turn, in milliseconds: 50 a second. */
const PAUSE_MS = 20;
/** One in so many requests creates a session, as FerretDB creates a dozen a second on a busy machine; the others repeat one. */
const REPEATS = 21;

const KNOWN = 'known';

const balancers = loadBalancers('a rolling restart');

/** Sends POST /sessions at an even rate, each on a connection of its own, until `stop`. */
class BackendLoad {
  readonly #fronts: readonly LoadBalancer[];
  readonly #answers: Promise<string>[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(fronts: readonly LoadBalancer[]) {
    this.#fronts = fronts;
    this.#timer = setInterval(() => this.#send(), PAUSE_MS);
  }

  /** @returns the number of answers by load balancer and status, or error */
  async stop(): Promise<Readonly<Record<string, number>>> {
    clearInterval(this.#timer);
    const counts: Record<string, number> = {};
    for (const answer of await Promise.all(this.#answers)) counts[answer] = (counts[answer] ?? 0) + 1;
    return counts;
  }

  #send(): void {
    const count = this.#answers.length;
    const front = this.#fronts[count % this.#fronts.length];
    const appointment = count % REPEATS === 0 ? `new-${count}` : KNOWN;
    if (front) this.#answers.push(post(front, appointment));
  }
}

function post({ name, url }: LoadBalancer, appointmentId: string): Promise<string> {
  const body = JSON.stringify(visitRequest(appointmentId, {}));
  return new Promise((resolve) => {
    const sent = request(`${url}/sessions`, {
      method: 'POST',
      agent: false,
      headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' },
    });
    sent.on('response', (response) => {
      response.resume();
      response.once('end', () => resolve(`${name} ${response.statusCode}`));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(`${name} ${error.code}`));
    sent.end(body);
  });
}

describe.skipIf(!MongoServer.available() || balancers.length === 0)('a rolling restart', () => {
  it('no request fails while two API servers behind a load balancer restart', async () => {
    const mongo = await MongoServer.start();
    onTestFinished(() => mongo.dispose());
    const shared = { MONGO_URI: mongo.uriFor(), LOG_LEVEL: 'warn', WORKERS: '1' };
    const launch = async (env: Record<string, string>) => {
      const server = new ServerProcess({ env: { ...shared, ...env } });
      onTestFinished(() => server.close());
      await server.listening();
      return server;
    };
    await launch({ SFU_NODES: 'sfu-1' });
    const ports = [await freePort(), await freePort()];
    const start = (port: number) =>
      launch({ PORT: String(port), SFU_NODES: '', SHUTDOWN_DELAY_SECONDS: '3' });
    const servers = await Promise.all(ports.map(async (port) => ({ port, server: await start(port) })));
    const fronts = await Promise.all(balancers.map((open) => open(ports)));
    const used = (port: number) => Promise.all(fronts.map((front) => front.uses(port)));
    await Promise.all(ports.map(used));
    for (const front of fronts) expect(await post(front, KNOWN)).toMatch(/20[01]$/);

    const load = new BackendLoad(fronts);
    await pause(500);
    for (const { port, server } of servers) {
      server.kill('SIGTERM');
      expect(await server.ended).toEqual({ code: 0, signal: null });
      await start(port);
      await used(port);
      await pause(500);
    }
    const counts = await load.stop();

    console.log(`two API servers restarted: ${JSON.stringify(counts)}`);
    const good = fronts.flatMap(({ name }) => [`${name} 200`, `${name} 201`]);
    expect(Object.keys(counts).filter((answer) => !good.includes(answer))).toEqual([]);
    for (const { name } of fronts) expect(counts[`${name} 200`]).toBeGreaterThan(150);
  });
});

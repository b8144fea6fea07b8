import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  createLab,
  labAvailable,
  type LabOptions,
  type NetworkLab,
  type Place,
} from '../support/netlab/index.ts';
import { PROBE_PORT } from '../support/netlab/probe.ts';
import { median } from '../support/measure/statistics.ts';

/** Time that both ends add to a round trip on a busy machine, in milliseconds. */
const BUSY_MS = 20;

const PROBE = fileURLToPath(new URL('../support/netlab/probe.ts', import.meta.url));

async function labWithProbe(options?: LabOptions): Promise<NetworkLab> {
  const lab = await createLab(options);
  const probe = lab.run(lab.server, process.execPath, [PROBE, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(probe.stdout!, 'data');
  return lab;
}

/** Returns the round trips of the datagrams that came back, in milliseconds. */
async function echo(lab: NetworkLab, count: number, from: Place = lab.client): Promise<number[]> {
  const args = [PROBE, 'echo', lab.server.address, String(count)];
  return JSON.parse(await lab.output(from, process.execPath, args)) as number[];
}

/** Returns the throughput of TCP, in Mbit/s. */
async function push(lab: NetworkLab, milliseconds: number): Promise<number> {
  const args = [PROBE, 'push', lab.server.address, String(milliseconds)];
  return Number(await lab.output(lab.client, process.execPath, args)) / 1e6;
}

/** Returns whether a TCP connection is established within a second. */
function connects(lab: NetworkLab, port: number): Promise<boolean> {
  const script = `
    const socket = require('node:net').connect(${port}, '${lab.server.address}');
    const end = (answer) => { process.stdout.write(String(answer)); process.exit(); };
    socket.on('connect', () => end(true)).on('error', () => end(false));
    setTimeout(end, 1000, false);`;
  return lab.output(lab.client, process.execPath, ['-e', script]).then((text) => text === 'true');
}

function namespaces(): string {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
}

describe.skipIf(!labAvailable('the network lab'))('NetworkLab', () => {
  let lab: NetworkLab;
  beforeAll(async () => {
    lab = await labWithProbe({ clients: 2 });
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    await Promise.all(
      lab.clients.map(async ({ link }) => {
        await link.heal();
        await link.set({ delayMs: 0, lossPercent: 0, rateMbit: null });
      }),
    );
  });

  it('a line without a delay carries packets at once', async () => {
    const roundTrips = await echo(lab, 100);
    expect(roundTrips).toHaveLength(100);
    expect(Math.min(...roundTrips)).toBeLessThan(1);
    expect(median(roundTrips)).toBeLessThan(BUSY_MS);
  });

  it('a line delays both directions evenly by its setting, and other lines do not', async () => {
    await lab.client.link.set({ delayMs: 75 });
    const roundTrips = await echo(lab, 200);
    expect(roundTrips).toHaveLength(200);
    expect(Math.min(...roundTrips)).toBeGreaterThanOrEqual(150);
    // Other work of the machine delays all of them for a while.
    await expect.poll(async () => Math.min(...(await echo(lab, 200))), { timeout: 30_000 }).toBeLessThan(151);
    expect(median(roundTrips)).toBeLessThan(150 + BUSY_MS);
    expect(median(await echo(lab, 50, lab.clients[1]))).toBeLessThan(BUSY_MS);
  });

  it('a line loses about the configured share in each direction', async () => {
    await lab.client.link.set({ lossPercent: 10 });
    const arrived = (await echo(lab, 1000)).length;
    // 810 are expected; 50 are more than four standard deviations.
    expect(arrived).toBeGreaterThan(760);
    expect(arrived).toBeLessThan(860);
  });

  it('a line carries 50 Mbit/s at a delay, and at most its configured rate', async () => {
    await lab.client.link.set({ delayMs: 10 });
    expect(await push(lab, 3000)).toBeGreaterThan(50);
    await lab.client.link.set({ rateMbit: 4 });
    const limited = await push(lab, 3000);
    expect(limited).toBeGreaterThan(2.5);
    expect(limited).toBeLessThanOrEqual(4);
  });

  it('a cut line carries nothing, and everything after it heals', async () => {
    await lab.client.link.cut();
    expect(await echo(lab, 20)).toEqual([]);
    expect(await connects(lab, PROBE_PORT)).toBe(false);
    await lab.client.link.heal();
    expect(await echo(lab, 20)).toHaveLength(20);
  });

  it('a cut line loses packets in transit', async () => {
    await lab.client.link.set({ delayMs: 1000 });
    const settled = new AbortController();
    const arriving = echo(lab, 20).finally(() => settled.abort());
    while (!settled.signal.aborted) {
      await lab.client.link.cut();
      await lab.client.link.heal();
    }
    expect(await arriving).toEqual([]);
  });

  it('a line can block UDP only', async () => {
    await lab.client.link.block({ udp: true });
    expect(await echo(lab, 20)).toEqual([]);
    expect(await connects(lab, PROBE_PORT)).toBe(true);
  });

  it('a line can block single TCP ports, or all of them', async () => {
    await lab.client.link.block({ tcpPorts: [PROBE_PORT] });
    expect(await echo(lab, 20)).toHaveLength(20);
    expect(await connects(lab, PROBE_PORT)).toBe(false);
    await lab.client.link.block({ tcpPorts: [PROBE_PORT + 1] });
    expect(await connects(lab, PROBE_PORT)).toBe(true);
    await lab.client.link.block({ tcpPorts: 'all' });
    expect(await connects(lab, PROBE_PORT)).toBe(false);
  });

  it('reach forwards a port of the server to this network, whatever the quality of the lines', async () => {
    await lab.client.link.cut();
    const script = `require('node:http').createServer((request, answer) => answer.end(request.url)).listen(7080)
      .on('listening', () => console.log('ready'))`;
    const server = lab.run(lab.server, process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(server.stdout!, 'data');
    const url = await lab.reach(7080);
    const answer = await fetch(`${url}/from-outside`);
    expect(await answer.text()).toBe('/from-outside');
  });
});

describe.skipIf(!labAvailable('the end of a network lab'))('NetworkLab.close()', () => {
  it('close ends the lab’s processes, removes its namespaces and leaves others alone', async () => {
    const lab = await createLab({ clients: 2 });
    const other = await createLab();
    onTestFinished(() => other.close());
    const sleeper = lab.run(lab.client, 'sleep', ['600']);
    const ended = once(sleeper, 'exit');
    expect(namespaces()).toContain(lab.client.namespace);
    await Promise.all([lab.close(), lab.close()]);
    expect((await ended)[1]).toBe('SIGKILL');
    for (const { namespace } of [lab.server, ...lab.clients]) expect(namespaces()).not.toContain(namespace);
    for (const { namespace } of [other.server, other.client]) expect(namespaces()).toContain(namespace);
    await expect(lab.client.link.set({ delayMs: 5 })).rejects.toThrow('closed');
  });

  it('a lab closes when the process that made it is killed', async () => {
    const index = new URL('../support/netlab/index.ts', import.meta.url).href;
    const script = `
      const { createLab } = await import('${index}');
      const lab = await createLab();
      lab.run(lab.client, 'sleep', ['600']);
      console.log(lab.server.namespace + ' ' + lab.client.namespace);
      setInterval(() => undefined, 1000);`;
    const maker = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(maker.stdout, 'data')) as [Buffer];
    const made = line.toString().trim().split(' ');
    for (const namespace of made) expect(namespaces()).toContain(namespace);
    maker.kill('SIGKILL');
    await expect.poll(() => made.some((namespace) => namespaces().includes(namespace))).toBe(false);
  });
});

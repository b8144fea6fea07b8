import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import type { Browser } from 'playwright-core';
import { tokenOf } from '../clients/backend.ts';
import { launchChromium, Visitor } from '../clients/chromium.ts';
import { ProtocolClient } from '../clients/protocol-client.ts';
import type { ServerProcess } from '../infra/server-process.ts';
import { startServer } from '../infra/start-server.ts';
import { memoryOf } from '../measure/process-figures.ts';
import { FrameRate } from '../measure/frame-rate.ts';
import { HeapInspector } from '../measure/heap-inspector.ts';
import type { Outcome, Target } from './attack.ts';
import type { AttackReport, AttackRequest } from './attacker.ts';
import type { AttackName } from './attacks.ts';

const VAPID_KEYS = fileURLToPath(new URL('../../../scripts/vapid-keys.mjs', import.meta.url));
const ATTACKER = fileURLToPath(new URL('attacker.ts', import.meta.url));
/** Attackers are on other machines, so they get only what the others here leave (nice). */
const ATTACKER_PRIORITY = 19;
/** Joins through one link per visit, so that none reaches the limit of a participant. */
const JOINS_PER_VISIT = 30;

export interface Memory {
  /** Resident memory of the server after garbage collection, in bytes. */
  readonly server: number;
  /** Live objects of the server, in bytes. */
  readonly heap: number;
  /** Resident memory of all its media workers, in bytes. */
  readonly workers: number;
}

/**
 * A server in a process of its own with SQLite, a doctor and a patient who see each other in real browsers on it, and an attacker
 * in a further process.
 */
export class AttackedVisit {
  readonly server: ServerProcess;
  readonly target: Target;
  /** What the doctor receives of the patient, and the other way round. */
  readonly rates: readonly FrameRate[];
  readonly #browser: Browser;
  readonly #heap: HeapInspector;
  readonly #attacker: ChildProcess;
  #joins = 0;
  #joinUrl = '';

  private constructor(
    server: ServerProcess,
    target: Target,
    browser: Browser,
    rates: readonly FrameRate[],
    heap: HeapInspector,
  ) {
    this.server = server;
    this.target = target;
    this.rates = rates;
    this.#browser = browser;
    this.#heap = heap;
    this.#attacker = fork(ATTACKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    if (this.#attacker.pid !== undefined) setPriority(this.#attacker.pid, ATTACKER_PRIORITY);
  }

  /** Closed by the caller. */
  static async open(): Promise<AttackedVisit> {
    const server = await startServer({
      process: 'server',
      env: { ...pushSettings(), LOG_LEVEL: 'error', NODE_OPTIONS: '--inspect=127.0.0.1:0' },
      closedBy: 'caller',
    });
    const heap = await HeapInspector.connect(server);
    const { sessionId } = await server.backend.createVisit();
    const browser = await launchChromium();
    // Small windows receive small pictures, which cost the browsers little.
    const context = { viewport: { width: 480, height: 360 } };
    const [doctor, patient] = [
      await Visitor.join(browser, await server.backend.joinUrl(sessionId, 'doctor'), context),
      await Visitor.join(browser, await server.backend.joinUrl(sessionId, 'patient'), context),
    ];
    const rates = [await FrameRate.watch(doctor, 'patient'), await FrameRate.watch(patient, 'doctor')];
    const target = { url: server.url, media: await mediaOf(server) };
    return new AttackedVisit(server, target, browser, rates, heap);
  }

  /** Runs an attack to its end. @throws {Error} if the attack itself fails */
  async attack(name: AttackName, share: number): Promise<Outcome> {
    this.#attacker.send({ name, share, target: this.target } satisfies AttackRequest);
    const [report] = (await once(this.#attacker, 'message')) as [AttackReport];
    if ('error' in report) throw new Error(`The attack "${name}" failed: ${report.error}`);
    return report.outcome;
  }

  /** An honest person joins another visit. @returns the time from the connection to the answer to `join`, in milliseconds */
  async join(): Promise<number> {
    const { backend } = this.server;
    if (this.#joins++ % JOINS_PER_VISIT === 0) {
      const { sessionId } = await backend.createVisit();
      this.#joinUrl = await backend.joinUrl(sessionId, 'patient');
    }
    const from = performance.now();
    const client = await ProtocolClient.connect(backend, this.#joinUrl);
    try {
      client.patience = 20_000;
      await client.enter();
      return performance.now() - from;
    } finally {
      client.socket.disconnect();
    }
  }

  async memory(): Promise<Memory> {
    const heap = await this.#heap.collect();
    const workers = this.server.workerPids().map(memoryOf);
    return {
      server: memoryOf(this.server.child.pid ?? 0),
      heap,
      workers: workers.reduce((sum, one) => sum + one, 0),
    };
  }

  async close(): Promise<void> {
    this.#attacker.kill('SIGKILL');
    for (const rate of this.rates) await rate.stop();
    this.#heap.close();
    await this.#browser.close();
    await this.server.close();
  }
}

/** Returns the address of media, which the server names to everybody who prepares. */
async function mediaOf({ backend }: ServerProcess): Promise<Target['media']> {
  const { sessionId } = await backend.createVisit();
  const link = await backend.joinUrl(sessionId, 'doctor');
  const client = await ProtocolClient.connectWith(backend, tokenOf(link), sessionId);
  const { receiveTransport } = await client.prepare();
  client.socket.disconnect();
  const candidates = receiveTransport.iceCandidates as {
    address?: string;
    ip?: string;
    protocol: string;
    port: number;
  }[];
  const { port, address, ip } = candidates.find(({ protocol }) => protocol === 'udp')!;
  return { address: address ?? ip ?? '127.0.0.1', port };
}

/** Returns the settings of a server that sends push messages, so that subscriptions are not simply refused. */
function pushSettings(): Record<string, string> {
  const keys = parse(execFileSync(process.execPath, [VAPID_KEYS]));
  return { ...keys, VAPID_SUBJECT: 'mailto:it@example.org' };
}

/**
 * Measures how much load of others delays a join: how long participants need who join a visit of two while a backend imports
 * sessions, or while many people join another visit. Rounds with and without load alternate, so that both have the same machine.
 * The server is a process of its own with SQLite; those who load it are in a further one, at a lower priority, because they
 * share no processor with a server that is in use.
 *
 * `fairness` measures both; `fairness import 10000 50` an import of 10,000 sessions, 50 requests at a time, and
 * `fairness crowd 100 10` a visit of 100 people, ten of whom join at a time. A third number sets the rounds. `--mongo` uses
 * MongoDB, or FerretDB in its place.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, cpus, loadavg, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Backend } from '../support/clients/backend.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import { median, percentile } from '../support/measure/statistics.ts';
import type { LoadReport, LoadRequest } from './fairness/load.ts';

const LOAD = fileURLToPath(new URL('fairness/load.ts', import.meta.url));
const CASES = {
  import: { count: 10_000, together: 50, rounds: 5, of: 'sessions imported' },
  crowd: { count: 100, together: 10, rounds: 3, of: 'people join another visit' },
} as const;
type Case = keyof typeof CASES;

/** A participant may connect sixty times a minute, so joins take turns in several visits. */
const VISITS = 24;
/** The time between two joins, in milliseconds. */
const BETWEEN_MS = 30;
const QUIET_JOINS = 100;
const WARM_UP_JOINS = 100;
const BAR = 1.2;

/** How long a join took in two ways, in milliseconds. */
interface Join {
  /** From opening the connection to the answer to `join`, with everything that a page does during the preview. */
  readonly whole: number;
  /** The answer to `join` alone. */
  readonly answer: number;
}

/** Visits of a doctor who is there and a patient who joins and leaves. */
class Visits {
  readonly #backend: Backend;
  readonly #links: string[] = [];
  readonly #doctors: ProtocolClient[] = [];
  #joins = 0;

  private constructor(backend: Backend) {
    this.#backend = backend;
  }

  static async open(backend: Backend): Promise<Visits> {
    const visits = new Visits(backend);
    for (let index = 0; index < VISITS; index++) {
      const { sessionId } = await backend.createVisit();
      const doctor = await ProtocolClient.connect(backend, await backend.joinUrl(sessionId, 'doctor'));
      await doctor.enter();
      visits.#doctors.push(doctor);
      visits.#links.push(await backend.joinUrl(sessionId, 'patient'));
    }
    return visits;
  }

  async join(): Promise<Join> {
    const link = this.#links[this.#joins++ % this.#links.length]!;
    const from = performance.now();
    const patient = await ProtocolClient.connect(this.#backend, link);
    patient.patience = 60_000;
    await patient.prepare();
    await Promise.all([patient.produce('microphone'), patient.produce('camera')]);
    const clickedAt = performance.now();
    await patient.joinLive(['microphone', 'camera']);
    const answeredAt = performance.now();
    await patient.request('leave', {});
    patient.socket.disconnect();
    return { whole: answeredAt - from, answer: answeredAt - clickedAt };
  }

  /** Joins again and again, one after the other. */
  async joinWhile(isGoingOn: (joins: number) => boolean): Promise<Join[]> {
    const joins: Join[] = [];
    while (isGoingOn(joins.length)) {
      joins.push(await this.join());
      await pause(BETWEEN_MS);
    }
    return joins;
  }

  close(): void {
    for (const doctor of this.#doctors) doctor.socket.disconnect();
  }
}

async function loaded(child: ChildProcess, visits: Visits, request: LoadRequest) {
  const state = { isRunning: true };
  child.send(request);
  const reported = once(child, 'message').finally(() => (state.isRunning = false));
  const joins = await visits.joinWhile(() => state.isRunning);
  const [report] = (await reported) as [LoadReport];
  if ('error' in report) throw new Error(`The load failed: ${report.error}`);
  return { joins, seconds: report.seconds };
}

function compared(
  name: string,
  quiet: readonly number[],
  busy: readonly number[],
): { text: string; ratio: number } {
  const row = (times: readonly number[]) =>
    [0.5, 0.95].map((share) => percentile(times, share).toFixed(1)).join(' / ');
  const ratio = median(busy) / median(quiet);
  const tail = percentile(busy, 0.95) / percentile(quiet, 0.95);
  const text = `${name.padEnd(28)} ${row(quiet).padStart(14)} ${row(busy).padStart(16)}   ${ratio.toFixed(2)} / ${tail.toFixed(2)}`;
  return { text, ratio };
}

async function measure(
  kind: Case,
  [count, together, rounds]: readonly number[],
  env: Record<string, string>,
) {
  const given = CASES[kind];
  const size = { count: count ?? given.count, together: together ?? given.together };
  const turns = rounds ?? given.rounds;
  const server = await startServer({
    process: 'server',
    // Everybody comes from the same address here.
    env: { LOG_LEVEL: 'error', ADDRESS_RATE_LIMIT: '0', ...env },
    closedBy: 'caller',
  });
  const child = fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  setPriority(child.pid ?? 0, constants.priority.PRIORITY_BELOW_NORMAL);
  const visits = await Visits.open(server.backend);
  try {
    await visits.joinWhile((joins) => joins < WARM_UP_JOINS);
    const quiet: Join[] = [];
    const busy: Join[] = [];
    let seconds = 0;
    for (let turn = 0; turn < turns; turn++) {
      quiet.push(...(await visits.joinWhile((joins) => joins < QUIET_JOINS)));
      // The rounds share the sessions to import; a crowd joins again in each.
      const part = kind === 'import' ? Math.ceil(size.count / turns) : size.count;
      const { url } = server;
      const result = await loaded(child, visits, { kind, url, count: part, together: size.together });
      busy.push(...result.joins);
      seconds += result.seconds;
    }
    const whole = compared('from the connection', pick(quiet, 'whole'), pick(busy, 'whole'));
    const answer = compared('the answer to join', pick(quiet, 'answer'), pick(busy, 'answer'));
    const loads =
      kind === 'import' ? `${size.count} ${given.of}` : `${turns} times ${size.count} ${given.of}`;
    console.log(
      [
        `\n${loads}, ${size.together} at a time, in ${seconds.toFixed(1)} s; ${quiet.length} joins without, ${busy.length} with it`,
        `${''.padEnd(28)} ${'quiet p50/p95'.padStart(14)} ${'loaded p50/p95'.padStart(16)}   ratios`,
        whole.text,
        answer.text,
        `bar: the median join takes at most ${((BAR - 1) * 100).toFixed(0)}% longer: ${whole.ratio <= BAR ? 'met' : 'MISSED'}`,
      ].join('\n'),
    );
  } finally {
    visits.close();
    child.kill('SIGKILL');
    await server.close();
  }
}

function pick(joins: readonly Join[], name: keyof Join): number[] {
  return joins.map((join) => join[name]);
}

const args = process.argv.slice(2).filter((arg) => arg !== '--mongo');
const [kind] = args;
if (kind !== undefined && !Object.hasOwn(CASES, kind)) throw new Error(`There is no case "${kind}".`);
const sizes = args.slice(1).map(Number);
const mongo = process.argv.includes('--mongo') ? await MongoServer.start() : null;
console.log(
  `fairness: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, load average ${loadavg()[0]?.toFixed(1)}`,
);
try {
  for (const name of kind === undefined ? (Object.keys(CASES) as Case[]) : [kind as Case])
    await measure(name, sizes, mongo ? { MONGO_URI: mongo.uriFor() } : {});
} finally {
  await mongo?.dispose();
}

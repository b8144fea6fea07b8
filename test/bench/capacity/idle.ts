import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from '../../support/clients/backend.ts';
import { ProtocolClient } from '../../support/clients/protocol-client.ts';
import { startServer } from '../../support/infra/start-server.ts';
import { cpuSecondsOf, memoryOf } from '../../support/measure/process-figures.ts';

/** Time for memory to settle after a change, and then for measuring the processor, in milliseconds. */
const SETTLE_MS = 3_000;
const REST_MS = 10_000;
const AT_ONCE = 16;
const SOCKETS = 1_000;
/** One user may open at most 60 connections a minute. */
const SOCKETS_OF_A_PERSON = 50;

const ENV = { WORKERS: '1', LOG_LEVEL: 'warn', API_RATE_LIMIT: '0', ADDRESS_RATE_LIMIT: '0' };

export interface AtRest {
  readonly visits: number;
  readonly serverBytes: number;
  readonly workerBytes: number;
  /** Of one core, from 0 to 1. */
  readonly serverShare: number;
  readonly workerShare: number;
}

interface Subject {
  readonly backend: Backend;
  readonly serverPid: number;
  readonly workerPid: number;
}

/** Starts a server, and disconnects the clients before it ends. */
async function withServer<T>(run: (subject: Subject, people: ProtocolClient[]) => Promise<T>): Promise<T> {
  const server = await startServer({ process: 'server', env: ENV, closedBy: 'caller' });
  const people: ProtocolClient[] = [];
  try {
    const [workerPid = 0] = server.workerPids();
    const serverPid = server.child.pid ?? 0;
    return await run({ backend: server.backend, serverPid, workerPid }, people);
  } finally {
    for (const { socket } of people) socket.disconnect();
    await server.close();
  }
}

/** Repeats the work, some at once. */
async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Measures the memory of a signaling connection in the server, in bytes, without that of its visit. */
export function idleSockets(): Promise<{ sockets: number; bytesEach: number }> {
  return withServer(async ({ backend, serverPid }, people) => {
    const links: string[] = [];
    for (let visit = 0; visit < SOCKETS / SOCKETS_OF_A_PERSON / 2; visit++) {
      const { sessionId } = await backend.createVisit();
      for (const role of ['doctor', 'patient'] as const) links.push(await backend.joinUrl(sessionId, role));
    }
    const open = async (index: number) => {
      people.push(await ProtocolClient.connect(backend, links[index % links.length]!));
    };
    // The first connections create the rooms.
    await inTurns(links.length, open);
    await pause(SETTLE_MS);
    const before = memoryOf(serverPid);
    await inTurns(SOCKETS - links.length, open);
    await pause(SETTLE_MS);
    const sockets = SOCKETS - links.length;
    return { sockets, bytesEach: (memoryOf(serverPid) - before) / sockets };
  });
}

/** Measures the memory and idle processor time of visits, at each of these numbers. */
export function idleVisits(counts: readonly number[], tell: (row: AtRest) => void): Promise<AtRest[]> {
  return withServer(async ({ backend, serverPid, workerPid }, people) => {
    const enter = async () => {
      const { sessionId } = await backend.createVisit();
      for (const role of ['doctor', 'patient'] as const) {
        const person = await ProtocolClient.connect(backend, await backend.joinUrl(sessionId, role));
        people.push(person);
        await person.enter();
      }
    };
    const rows: AtRest[] = [];
    let visits = 0;
    for (const count of counts) {
      await inTurns(count - visits, enter);
      visits = count;
      await pause(SETTLE_MS);
      const before = [cpuSecondsOf(serverPid), cpuSecondsOf(workerPid)] as const;
      await pause(REST_MS);
      const row = {
        visits,
        serverBytes: memoryOf(serverPid),
        workerBytes: memoryOf(workerPid),
        serverShare: (cpuSecondsOf(serverPid) - before[0]) / (REST_MS / 1000),
        workerShare: (cpuSecondsOf(workerPid) - before[1]) / (REST_MS / 1000),
      };
      rows.push(row);
      tell(row);
    }
    return rows;
  });
}

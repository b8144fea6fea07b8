/**
 * Measures how long it takes until all participants of one large visit are in, when they come at about the same time,
 * and what it costs. The server is a process of its own with two workers; the clients are in this process, on the same
 * cores.
 *
 * `crowd 100 10` is a hundred participants of whom ten join at a time.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { seatsWith, streamsOf } from '../support/fixtures/large-visit.ts';
import { createSession } from '../support/fixtures/visit.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { percentile } from '../support/measure/statistics.ts';

const [people = 100, together = 10] = process.argv.slice(2).map(Number);
const PATIENCE_MS = 120_000;
/** Clock ticks a second, as Linux counts processor time for programs. */
const TICKS = 100;

/** Returns the processor time of a process so far, in seconds. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

const server = await startServer({ process: 'server', env: { LOG_LEVEL: 'warn' }, closedBy: 'caller' });
try {
  const { backend } = server;
  const seats = seatsWith(people - 2);
  const sessionId = await createSession(backend, seats, { options: { maxParticipants: 100 } });
  const links = await Promise.all(
    Object.entries(seats).map(([userId, { role }]) => backend.joinUrl(sessionId, role, userId)),
  );
  const pids = [server.child.pid ?? 0, ...server.workerPids()];
  const before = pids.map(processorTime);
  const inside: ProtocolClient[] = [];
  const joins: number[] = [];
  const start = performance.now();
  const enter = async () => {
    for (let link = links.shift(); link; link = links.shift()) {
      const began = performance.now();
      const one = await ProtocolClient.connect(backend, link);
      await one.enter();
      joins.push(performance.now() - began);
      inside.push(one);
    }
  };
  await Promise.all(Array.from({ length: together }, enter));
  const joined = performance.now() - start;
  const isComplete = () => inside.every((one) => streamsOf(one).length === (people - 1) * 2);
  while (!isComplete()) {
    if (performance.now() - start > PATIENCE_MS) throw new Error('A participant lacks streams of others.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const complete = performance.now() - start;
  const [node = 0, ...workers] = pids.map((pid, index) => processorTime(pid) - (before[index] ?? 0));
  console.log(
    [
      `${people} people, ${together} at a time, 2 workers, ${cpus().length} cores: ${people * (people - 1) * 2} consumers`,
      `all joined after ${(joined / 1000).toFixed(1)} s, all streams given after ${(complete / 1000).toFixed(1)} s`,
      `one join p50 ${percentile(joins, 0.5).toFixed(0)} ms, p95 ${percentile(joins, 0.95).toFixed(0)} ms`,
      `processor time: server ${node.toFixed(1)} s, workers ${workers.map((one) => `${one.toFixed(1)} s`).join(', ')}`,
    ].join('\n'),
  );
  for (const one of inside) one.socket.disconnect();
} finally {
  await server.close();
}

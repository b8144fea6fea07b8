import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../infra/cluster.ts';
import type { SeededRandom } from '../arbitraries/seeded-random.ts';
import { isRunning } from '../infra/server-process.ts';

/** A server that can be stopped, and started again with its data. */
export interface Stoppable {
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface Failable {
  readonly cluster: Cluster;
  readonly redis: Stoppable;
  readonly database: Stoppable;
}

/** How long a server stays down, in milliseconds: about as long as an operator needs to restart it. */
const AWAY_MS = [1_000, 8_000] as const;

/** Causes a failure and repairs it before it resolves. @returns a description */
type Failure = (failable: Failable, random: SeededRandom) => Promise<string>;

export const FAILURES: Readonly<Record<string, Failure>> = {
  'a media worker is killed': ({ cluster }, random) => {
    const { nodeId, server } = random.pick(cluster.members)!;
    const pid = random.pick(server.workerPids().filter(isRunning));
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    return Promise.resolve(`of ${nodeId}`);
  },
  'a server is killed': async ({ cluster }, random) => {
    const member = random.pick(cluster.members)!;
    const away = random.between(...AWAY_MS);
    await member.kill();
    await pause(away);
    await member.restart();
    return `${member.nodeId}, back after ${seconds(away)}`;
  },
  'Redis is stopped': ({ redis }, random) => stopFor(redis, random.between(...AWAY_MS)),
  'the database is stopped': ({ database }, random) => stopFor(database, random.between(...AWAY_MS)),
};

async function stopFor(one: Stoppable, away: number): Promise<string> {
  await one.stop();
  await pause(away);
  await one.start();
  return `for ${seconds(away)}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../infra/cluster.ts';
import type { SeededRandom } from '../arbitraries/seeded-random.ts';
import { isRunning } from '../infra/server-process.ts';

/** Something that can be stopped, and started again with what it knew. */
export interface Stoppable {
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface Failable {
  readonly cluster: Cluster;
  readonly redis: Stoppable;
  readonly database: Stoppable;
}

/** How long something stays away, in milliseconds: about as long as its operator needs to start it again. */
const AWAY_MS = [1_000, 8_000] as const;

/** What breaks, by its name, and is whole again when it resolves. @returns what it was, in words */
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

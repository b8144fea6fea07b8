import { TcpFaultProxy } from '../../support/faults/tcp-fault-proxy.ts';
import { launchChromium } from '../../support/clients/chromium.ts';
import { MongoServer } from '../../support/infra/mongo-server.ts';
import { RedisServer } from '../../support/infra/redis-server.ts';
import { ClusterVisits, cutOffServer, drainServer, killServer } from '../../support/scenarios/cluster.ts';
import { Meeting } from '../../support/scenarios/meeting.ts';
import { blockTcpToo, blockUdp, changeAddress, LabVisits } from '../../support/scenarios/network.ts';
import { cutSignaling, halfOpenSignaling } from '../../support/scenarios/signaling.ts';
import { killWorker } from '../../support/scenarios/worker.ts';
import type { ServerProcess } from '../../support/infra/server-process.ts';
import { startServer } from '../../support/infra/start-server.ts';

/** A failure, and how long something took each time, in milliseconds. */
export type Row = readonly [what: string, times: readonly number[]];
type Tell = (row: Row) => void;

const CLUSTER_VISITS = 3;

/** Repeats a step. */
async function repeat<T>(times: number, step: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let time = 0; time < times; time++) results.push(await step());
  return results;
}

const freezes = (results: readonly { freezeMs: number }[]) => results.map(({ freezeMs }) => freezeMs);

interface Place {
  readonly server: ServerProcess;
  readonly proxy: TcpFaultProxy;
  readonly meeting: Meeting;
}

/** Starts a server with two participants, one of whose signaling goes through a proxy that can fail. */
async function atServer(run: (place: Place) => Promise<void>): Promise<void> {
  const env = { WORKERS: '1', LOG_LEVEL: 'silent' };
  const server = await startServer({ process: 'server', env, closedBy: 'caller' });
  const browser = await launchChromium();
  let proxy: TcpFaultProxy | undefined;
  try {
    const { backend, url } = server;
    const { sessionId } = await backend.createVisit();
    proxy = await TcpFaultProxy.listen(Number(new URL(url).port));
    const meeting = await Meeting.open(
      { browser, link: await backend.joinUrl(sessionId, 'doctor') },
      { browser, link: proxy.through(await backend.joinUrl(sessionId, 'patient')) },
    );
    await run({ server, proxy, meeting });
  } finally {
    proxy?.close();
    await browser.close();
    await server.close();
  }
}

export function signalingRows(times: number, tell: Tell): Promise<void> {
  return atServer(async ({ proxy, meeting }) => {
    tell([
      'the signaling connection is cut',
      freezes(await repeat(times, () => cutSignaling(meeting, proxy))),
    ]);
    const halfOpen = await repeat(times, () => halfOpenSignaling(meeting, proxy));
    tell(['the signaling connection is half open', freezes(halfOpen)]);
    tell(['  found by the server after', halfOpen.map(({ serverMs }) => serverMs)]);
    tell(['  found by the page after', halfOpen.map(({ pageMs }) => pageMs)]);
  });
}

export function workerRow(times: number, tell: Tell): Promise<void> {
  return atServer(async ({ server, meeting }) => {
    const kill = () => killWorker(meeting, server.workerPids()[0] ?? 0);
    tell(['the media worker is killed with -9', freezes(await repeat(times, kill))]);
  });
}

/** Each at a round trip of 40 ms, in a visit of its own. */
export async function networkRows(times: number, tell: Tell): Promise<void> {
  const visits = await LabVisits.open();
  try {
    const rows = [
      ['the device gets another address', changeAddress],
      ['UDP is blocked', blockUdp],
      ['UDP is blocked, and TCP to the media too', blockTcpToo],
    ] as const;
    for (const [what, breaks] of rows) {
      const results = await repeat(times, async () => {
        const meeting = await visits.meet();
        try {
          return await breaks(visits, meeting);
        } finally {
          await visits.lab.client.link.heal();
          await meeting.close();
        }
      });
      tell([what, freezes(results)]);
    }
  } finally {
    await visits.close();
  }
}

/**
 * Clients without media on three servers, all on the one that is lost; this measures their signaling, not their video.
 */
export async function clusterRows(times: number, tell: Tell): Promise<void> {
  const mongo = await MongoServer.start();
  const redis = await RedisServer.launch();
  try {
    const rows = [
      ['a server is killed with -9', killServer],
      ['a server is cut off', cutOffServer],
      ['a node is drained', drainServer],
    ] as const;
    for (const [what, breaks] of rows) {
      const outages = await repeat(times, async () => {
        const options = { processes: 3, mongo, redisUrl: redis.url, severable: breaks === cutOffServer };
        const visits = await ClusterVisits.open(options, CLUSTER_VISITS);
        try {
          return (await breaks(visits)).outageMs;
        } finally {
          await visits.close();
        }
      });
      tell([`${what} *`, outages]);
    }
  } finally {
    await redis.dispose();
    await mongo.dispose();
  }
}

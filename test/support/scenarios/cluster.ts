import { expect } from 'vitest';
import { Cluster, type ClusterOptions, type Member } from '../infra/cluster.ts';
import { ReconnectingClient } from '../clients/reconnecting-client.ts';
import { until } from '../infra/until.ts';

/** Finding a dead node takes at least its lease. */
const PATIENCE_MS = 60_000;
const DRAIN_SECONDS = 60;

/** Visits of two clients without a browser, on one server of several or on all of them. */
export class ClusterVisits {
  readonly cluster: Cluster;
  /** The server that the visits are on at first. */
  readonly member: Member;
  readonly sessionIds: readonly string[];
  readonly visitors: readonly ReconnectingClient[];

  private constructor(
    cluster: Cluster,
    member: Member,
    sessionIds: string[],
    visitors: ReconnectingClient[],
  ) {
    this.cluster = cluster;
    this.member = member;
    this.sessionIds = sessionIds;
    this.visitors = visitors;
  }

  /** Closed by the caller. */
  static async open(
    options: ClusterOptions,
    visits: number,
    where: 'together' | 'anywhere' = 'together',
  ): Promise<ClusterVisits> {
    const cluster = await Cluster.start(options);
    const visitors: ReconnectingClient[] = [];
    try {
      const member = cluster.members[0]!;
      const sessionIds: string[] = [];
      while (sessionIds.length < visits) {
        const { sessionId, sfuNodeId } = await cluster.backend.createVisit();
        if (where === 'anywhere' || sfuNodeId === member.nodeId) sessionIds.push(sessionId);
        else await cluster.backend.api.cancelSession(sessionId, {});
      }
      for (const sessionId of sessionIds) {
        for (const role of ['doctor', 'patient'] as const)
          visitors.push(await ReconnectingClient.enter(cluster.url, cluster.backend, sessionId, role));
      }
      await until('everyone has joined', () => visitors.every(({ complete }) => complete));
      return new ClusterVisits(cluster, member, sessionIds, visitors);
    } catch (error) {
      await Promise.all(visitors.map((one) => one.close()));
      await cluster.close();
      throw error;
    }
  }

  /** Returns the longest time that a participant had no media path since a time, in milliseconds. */
  longestOutage(since: number): number {
    return Math.max(...this.visitors.map((one) => one.longestOutage(since)));
  }

  /** Waits until every visit is complete on another server than at first. */
  async moved(): Promise<void> {
    await until(
      'everyone has all media on another server',
      async () => {
        const others = this.cluster.members.filter((one) => one !== this.member);
        const visits = (await Promise.all(others.map((one) => one.inspect()))).flatMap((one) => one.visits);
        return (
          this.sessionIds.every((sessionId) => visits.includes(sessionId)) &&
          this.visitors.every(({ complete, connected }) => complete && connected)
        );
      },
      PATIENCE_MS,
    );
  }

  /** Checks that no participant was reported as left, and that each one's attendance is one open interval. */
  async expectNobodyLeft(): Promise<void> {
    const { api } = this.cluster.backend;
    expect(this.visitors.map(({ othersLeft, refused }) => [othersLeft, refused])).toEqual(
      this.visitors.map(() => [0, null]),
    );
    for (const sessionId of this.sessionIds) {
      const { participants } = await api.listParticipants(sessionId);
      expect(participants).toMatchObject([
        { connected: true, intervals: [{ leftAt: null }] },
        { connected: true, intervals: [{ leftAt: null }] },
      ]);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.visitors.map((one) => one.close()));
    await this.cluster.close();
  }
}

interface Outage {
  /** Of the participant with the longest time without a media path. */
  readonly outageMs: number;
}

/** Kills the process under the visits. */
export async function killServer(visits: ClusterVisits): Promise<Outage> {
  const since = performance.now();
  await visits.member.kill();
  await visits.moved();
  return { outageMs: visits.longestOutage(since) };
}

/** Stalls all traffic of the process under the visits, which keeps running. */
export async function cutOffServer(visits: ClusterVisits): Promise<Outage> {
  const since = performance.now();
  visits.member.cutOff();
  await visits.moved();
  return { outageMs: visits.longestOutage(since) };
}

/** Drains the node under the visits. */
export async function drainServer(visits: ClusterVisits): Promise<Outage> {
  const since = performance.now();
  const { cluster, member } = visits;
  await cluster.backend.api.drainNode(member.nodeId, { deadlineSeconds: DRAIN_SECONDS });
  await visits.moved();
  // It ends when nothing is left on it.
  await endedWell(member);
  return { outageMs: visits.longestOutage(since) };
}

/** Restarts one server after another, as an operator does. */
export async function restartServers(visits: ClusterVisits): Promise<Outage & { readonly tookMs: number }> {
  const since = performance.now();
  for (const member of visits.cluster.members) {
    member.server.kill('SIGTERM');
    await endedWell(member);
    await member.restart();
    await visits.cluster.complete();
  }
  const whole = () => visits.visitors.every(({ complete, connected }) => complete && connected);
  await until('everyone has all media', whole, PATIENCE_MS);
  return { outageMs: visits.longestOutage(since), tookMs: performance.now() - since };
}

/** @throws {Error} if the server of a node ends with an error */
async function endedWell({ nodeId, server }: Member): Promise<void> {
  const { code } = await server.ended;
  if (code !== 0) throw new Error(`The server of ${nodeId} ended with ${code}: ${server.output}`);
}

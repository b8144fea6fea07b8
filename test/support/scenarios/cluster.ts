import { expect } from 'vitest';
import { Cluster, type ClusterOptions, type Member } from '../infra/cluster.ts';
import { ReconnectingClient } from '../clients/reconnecting-client.ts';
import { until } from '../infra/until.ts';

/** A node that is found to be dead costs people its lease at least. */
const PATIENCE_MS = 60_000;
const DRAIN_SECONDS = 60;

/** Visits of two headless people, on one server of several or on all of them. */
export class ClusterVisits {
  readonly cluster: Cluster;
  /** The server that the visits are on in the beginning. */
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
      await until('everybody is in', () => visitors.every(({ complete }) => complete));
      return new ClusterVisits(cluster, member, sessionIds, visitors);
    } catch (error) {
      await Promise.all(visitors.map((one) => one.close()));
      await cluster.close();
      throw error;
    }
  }

  /** How long people had no way for media since a time at the most, in milliseconds. */
  longestOutage(since: number): number {
    return Math.max(...this.visitors.map((one) => one.longestOutage(since)));
  }

  /** Everybody is in, at a server that is not the one of the beginning. */
  async moved(): Promise<void> {
    await until(
      'everybody has everything elsewhere',
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

  /** Nobody was told that somebody had left, and each person's attendance is one interval that goes on. */
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
  /** Of the person who had no way for media for the longest time. */
  readonly outageMs: number;
}

/** The process under the visits is killed. */
export async function killServer(visits: ClusterVisits): Promise<Outage> {
  const since = performance.now();
  await visits.member.kill();
  await visits.moved();
  return { outageMs: visits.longestOutage(since) };
}

/** The process under the visits lives on, and nothing gets to it or from it. */
export async function cutOffServer(visits: ClusterVisits): Promise<Outage> {
  const since = performance.now();
  visits.member.cutOff();
  await visits.moved();
  return { outageMs: visits.longestOutage(since) };
}

/** The node under the visits is drained. */
export async function drainServer(visits: ClusterVisits): Promise<Outage> {
  const since = performance.now();
  const { cluster, member } = visits;
  await cluster.backend.api.drainNode(member.nodeId, { deadlineSeconds: DRAIN_SECONDS });
  await visits.moved();
  // It ends when nothing is left behind.
  await endedWell(member);
  return { outageMs: visits.longestOutage(since) };
}

/** One server after the other is asked to end, as an operator does, and is started again once it has. */
export async function restartServers(visits: ClusterVisits): Promise<Outage & { readonly tookMs: number }> {
  const since = performance.now();
  for (const member of visits.cluster.members) {
    member.server.kill('SIGTERM');
    await endedWell(member);
    await member.restart();
    await visits.cluster.complete();
  }
  const whole = () => visits.visitors.every(({ complete, connected }) => complete && connected);
  await until('everybody has everything', whole, PATIENCE_MS);
  return { outageMs: visits.longestOutage(since), tookMs: performance.now() - since };
}

/** @throws Error where the server of a node ends otherwise than asked to */
async function endedWell({ nodeId, server }: Member): Promise<void> {
  const { code } = await server.ended;
  if (code !== 0) throw new Error(`The server of ${nodeId} ended with ${code}: ${server.output}`);
}

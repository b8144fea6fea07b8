import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../domain/events.ts';
import type { Interval, Session } from '../domain/session.ts';
import { Metrics } from './metrics.ts';
import type { ServerSources } from './server-metrics.ts';

/** Returns the lines of one metric, without comments. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

const interval = (changes: Partial<Interval>): Interval => ({
  seat: 0,
  joinedAt: 0,
  leftAt: null,
  reason: null,
  reconnects: 0,
  quality: { sent: null, received: null },
  impairedMs: 0,
  ...changes,
});
const session = (changes: Partial<Session>) =>
  ({
    status: 'live',
    intervals: [],
    seats: [],
    endReason: null,
    placement: { nodeId: 'sfu-1', epoch: 1 },
    ...changes,
  }) as unknown as Session;
const alive = () => true;
const event = (fact: object) => ({ seq: 1, at: 90_000, by: { type: 'system' }, ...fact }) as SessionEvent;

describe('traffic metrics', () => {
  it('message counts a join by its outcome and code, and times it only if it succeeds', async () => {
    const metrics = new Metrics('1');
    metrics.traffic.connection(null);
    metrics.traffic.message('prepare', null, null, 0.03);
    metrics.traffic.message('join', null, 'joined', 0.2);
    metrics.traffic.message('join', null, 'waiting', 0.2);
    metrics.traffic.message('join', 'session_over', null, 7);
    metrics.traffic.message('join', 'store_unavailable', null, 7);
    metrics.traffic.connection('wrong_node');
    expect(await linesOf(metrics, 'televisit_join_steps_total')).toEqual([
      'televisit_join_steps_total{step="connect",outcome="ok",code=""} 1',
      'televisit_join_steps_total{step="prepare",outcome="ok",code=""} 1',
      'televisit_join_steps_total{step="join",outcome="ok",code=""} 1',
      'televisit_join_steps_total{step="join",outcome="waiting",code=""} 1',
      'televisit_join_steps_total{step="join",outcome="refused",code="session_over"} 1',
      'televisit_join_steps_total{step="join",outcome="failed",code="store_unavailable"} 1',
      'televisit_join_steps_total{step="connect",outcome="refused",code="wrong_node"} 1',
    ]);
    expect(await linesOf(metrics, 'televisit_join_seconds_count')).toEqual([
      'televisit_join_seconds_count{step="prepare"} 1',
      'televisit_join_seconds_count{step="join"} 2',
    ]);
  });

  it('message counts restarts of ICE by their outcome', async () => {
    const metrics = new Metrics('1');
    metrics.traffic.message('transport:restart-ice', null, null, 0.01);
    metrics.traffic.message('transport:restart-ice', 'not_yours', null, 0.01);
    expect(await linesOf(metrics, 'televisit_ice_restarts_total')).toEqual([
      'televisit_ice_restarts_total{outcome="ok"} 1',
      'televisit_ice_restarts_total{outcome="refused"} 1',
    ]);
  });

  it('message puts types that clients invent under one label', async () => {
    const metrics = new Metrics('1');
    for (let index = 0; index < 3; index++) {
      metrics.traffic.message(`invented-${index}`, 'unknown_event', null, 0);
    }
    expect(await linesOf(metrics, 'televisit_socket_messages_total')).toEqual([
      'televisit_socket_messages_total{type="unknown",outcome="refused"} 3',
    ]);
  });
});

describe('visit metrics', () => {
  it('changed counts the minutes of a closed interval by the quality of the network, once', async () => {
    const metrics = new Metrics('1');
    const open = session({ intervals: [interval({})] });
    const closed = session({ intervals: [interval({ leftAt: 600_000, impairedMs: 60_000 })] });
    metrics.visits.changed({ previous: open, next: closed, events: [] }, alive);
    metrics.visits.changed({ previous: closed, next: closed, events: [] }, alive);
    expect(await linesOf(metrics, 'televisit_quality_minutes_total')).toEqual([
      'televisit_quality_minutes_total{grade="poor"} 1',
      'televisit_quality_minutes_total{grade="good"} 9',
    ]);
  });

  it.each([
    [59_999, 'good'],
    [60_000, 'bad'],
  ])('changed grades a visit of ten minutes with %i ms of poor network as %s', async (impairedMs, grade) => {
    const metrics = new Metrics('1');
    const intervals = [interval({ leftAt: 600_000 }), interval({ seat: 1, leftAt: 600_000, impairedMs })];
    const next = session({ status: 'ended', endReason: 'host_ended', intervals });
    metrics.visits.changed({ previous: next, next, events: [event({ type: 'report.ready' })] }, alive);
    expect(await linesOf(metrics, 'televisit_visits_finished_total')).toEqual([
      `televisit_visits_finished_total{reason="host_ended",grade="${grade}"} 1`,
    ]);
  });

  it.each([
    [true, 'drain'],
    [false, 'lost_node'],
  ])('changed counts a move from a node that is alive (%s) as one because of %s', async (isAlive, reason) => {
    const metrics = new Metrics('1');
    const events = [event({ type: 'session.placed', nodeId: 'sfu-2' })];
    const [live, scheduled] = [session({}), session({ status: 'scheduled' })];
    metrics.visits.changed({ previous: live, next: live, events }, () => isAlive);
    metrics.visits.changed({ previous: scheduled, next: scheduled, events }, () => isAlive);
    metrics.rooms.workerReplaced('failed');
    expect(await linesOf(metrics, 'televisit_moves_total')).toEqual([
      `televisit_moves_total{reason="${reason}",outcome="moved"} 1`,
      'televisit_moves_total{reason="dead_worker",outcome="failed"} 1',
    ]);
  });

  it('changed measures the wait of an admitted participant', async () => {
    const metrics = new Metrics('1');
    const previous = session({ seats: [{ waitingSince: 30_000 }] as unknown as Session['seats'] });
    const events = [event({ type: 'participant.admitted', seat: 0 })];
    metrics.visits.changed({ previous, next: previous, events }, alive);
    expect(await linesOf(metrics, 'televisit_waiting_seconds_sum')).toEqual([
      'televisit_waiting_seconds_sum 60',
    ]);
  });
});

describe('store metrics', () => {
  class Inner {
    readonly #answer = 7;
    find = (): Promise<number> => Promise.resolve(this.#answer);
    fail(): Promise<never> {
      return Promise.reject(new Error('away'));
    }
  }
  class Outer {
    readonly inner = new Inner();
    readonly exclusive = true;
    get(): Promise<string> {
      return Promise.resolve('got');
    }
  }

  it('timed measures the operations of a store and of the stores inside, and changes nothing else', async () => {
    const metrics = new Metrics('1');
    const store = metrics.store.timed(new Outer());
    expect(await store.get()).toBe('got');
    expect(await store.inner.find()).toBe(7);
    await expect(store.inner.fail()).rejects.toThrow('away');
    expect(store.exclusive).toBe(true);
    expect(store.inner).toBe(store.inner);
    expect(await linesOf(metrics, 'televisit_store_seconds_count')).toEqual([
      'televisit_store_seconds_count{operation="get",outcome="ok"} 1',
      'televisit_store_seconds_count{operation="inner.find",outcome="ok"} 1',
      'televisit_store_seconds_count{operation="inner.fail",outcome="failed"} 1',
    ]);
  });
});

describe('network metrics', () => {
  it('a false report counts as one in a bucket, and adds no more than twice the last bound to the sum', async () => {
    const metrics = new Metrics('1');
    metrics.network.firstFrame(1e300);
    metrics.network.network({ rtt: 0.04, loss: 0 });
    metrics.network.network({ rtt: 60, loss: null });
    metrics.network.network({ rtt: null, loss: 1 });
    expect(await linesOf(metrics, 'televisit_first_frame_seconds_sum')).toEqual([
      'televisit_first_frame_seconds_sum 60',
    ]);
    expect(await linesOf(metrics, 'televisit_rtt_seconds_sum')).toEqual(['televisit_rtt_seconds_sum 4.04']);
    expect(await linesOf(metrics, 'televisit_rtt_seconds_count')).toEqual(['televisit_rtt_seconds_count 2']);
    expect(await linesOf(metrics, 'televisit_packet_loss_ratio_bucket')).toContain(
      'televisit_packet_loss_ratio_bucket{le="0"} 1',
    );
  });
});

describe('media metrics', () => {
  it('a tested path counts by whether it was connected', async () => {
    const metrics = new Metrics('1');
    metrics.rooms.connectionTested('udp', false);
    metrics.rooms.connectionTested('turn', true);
    expect(await linesOf(metrics, 'televisit_connection_tests_total')).toEqual([
      'televisit_connection_tests_total{path="udp",outcome="failed"} 1',
      'televisit_connection_tests_total{path="turn",outcome="connected"} 1',
    ]);
  });
});

describe('server metrics', () => {
  function watched(changes: Partial<ServerSources> = {}) {
    const metrics = new Metrics('1');
    metrics.watch({
      state: () => 'ready',
      ready: () => true,
      storeUp: () => true,
      busUp: () => null,
      capacity: () => ({ cpu: 0.5 }),
      visits: () => 1,
      participants: () => 2,
      media: () => ({ workers: [{ cpu: 0.25, memory: 1024, consumers: 4 }], bitrate: 8000 }),
      transports: () => [{ protocol: 'tcp', state: 'connected' }],
      certificateExpiresAt: () => null,
      backlog: () => Promise.resolve({ pending: 0, oldestAt: null }),
      now: () => 100_000,
      ...changes,
    });
    return metrics;
  }

  it('the state of the server is one of a fixed set', async () => {
    const metrics = watched({ state: () => 'draining' });
    expect((await linesOf(metrics, 'televisit_node_state')).filter((line) => line.endsWith(' 1'))).toEqual([
      'televisit_node_state{state="draining"} 1',
    ]);
  });

  it('each worker has figures under its number, and none when it is gone', async () => {
    const workers = [
      { cpu: 0.25, memory: 2048, consumers: 4 },
      { cpu: 0.5, memory: 1024, consumers: 2 },
    ];
    const metrics = watched({ media: () => ({ workers, bitrate: 0 }) });
    expect(await linesOf(metrics, 'televisit_worker_cpu_ratio')).toEqual([
      'televisit_worker_cpu_ratio{worker="1"} 0.25',
      'televisit_worker_cpu_ratio{worker="2"} 0.5',
    ]);
    workers.pop();
    expect(await linesOf(metrics, 'televisit_worker_consumers')).toEqual([
      'televisit_worker_consumers{worker="1"} 4',
    ]);
    expect(await linesOf(metrics, 'televisit_workers')).toEqual(['televisit_workers 1']);
  });

  it('a server without Redis has no figure of it', async () => {
    expect(await linesOf(watched(), 'televisit_bus_up')).toEqual([]);
    expect(await linesOf(watched({ busUp: () => false }), 'televisit_bus_up')).toEqual([
      'televisit_bus_up 0',
    ]);
  });

  it('the expiry of a certificate is in seconds, and absent without one', async () => {
    const name = 'televisit_certificate_expiry_timestamp_seconds';
    expect(await linesOf(watched(), name)).toEqual([]);
    expect(await linesOf(watched({ certificateExpiresAt: () => 1_800_000_000_000 }), name)).toEqual([
      `${name} 1800000000`,
    ]);
  });

  it('the age of the oldest webhook is in seconds, and its last value stays while the database is away', async () => {
    let read = () => Promise.resolve({ pending: 3, oldestAt: 40_000 });
    const metrics = watched({ backlog: () => read() });
    const line = 'televisit_webhook_oldest_seconds{endpoint_state="enabled"} 60';
    expect(await linesOf(metrics, 'televisit_webhook_oldest_seconds')).toContain(line);
    read = () => Promise.reject(new Error('away'));
    expect(await linesOf(metrics, 'televisit_webhook_oldest_seconds')).toContain(line);
  });
});

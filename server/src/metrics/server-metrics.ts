import { Gauge, type Registry } from 'prom-client';

export const NODE_STATES = ['starting', 'ready', 'full', 'draining', 'stopping'] as const;

/** The deliveries of webhooks that are pending. */
export interface Backlog {
  readonly pending: number;
  /** The time of the oldest event, in milliseconds since the Unix epoch; null if none is pending. */
  readonly oldestAt: number | null;
}

/** The state of the server, read at each scrape. */
export interface ServerSources {
  readonly state: () => (typeof NODE_STATES)[number];
  /** Whether requests may be sent to this server. */
  readonly ready: () => boolean;
  readonly storeUp: () => boolean;
  /** Whether other servers can be reached; null if there are none. */
  readonly busUp: () => boolean | null;
  /** Returns the share of each limit that is used, 0 to 1; without limits that are off. */
  readonly capacity: () => Readonly<Record<string, number>>;
  readonly visits: () => number;
  readonly participants: () => number;
  /** The load of all SFU nodes of this process. */
  readonly media: () => {
    readonly workers: number;
    /** The busiest worker's share of a core, 0 to 1. */
    readonly cpu: number;
    readonly consumers: number;
    /** In and out, in bit/s. */
    readonly bitrate: number;
  };
  /** Returns the transports of clients. */
  readonly transports: () => Iterable<{ readonly protocol: string; readonly state: string }>;
  /** Returns the pending deliveries to endpoints that are enabled or disabled; rejects while the database is away. */
  readonly backlog: (endpoints: 'enabled' | 'disabled') => Promise<Backlog>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** The state of this server, by which operators decide which one to take away. */
export class ServerMetrics {
  readonly #registers: Registry[];

  constructor(registers: Registry[], sources: ServerSources) {
    this.#registers = registers;
    this.#health(sources);
    this.#load(sources);
    this.#transports(sources);
    this.#webhooks(sources);
  }

  #gauge<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    collect: (gauge: Gauge<L>) => void | Promise<void>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: this.#registers,
      collect() {
        return collect(this);
      },
    });
  }

  #health({ state, ready, storeUp, busUp }: ServerSources): void {
    this.#gauge('televisit_ready', 'Whether new requests may be sent to this server.', [], (gauge) =>
      gauge.set(Number(ready())),
    );
    this.#gauge(
      'televisit_node_state',
      'The state of this server: 1 for the present one.',
      ['state'],
      (gauge) => {
        const present = state();
        for (const one of NODE_STATES) gauge.set({ state: one }, Number(one === present));
      },
    );
    this.#gauge('televisit_store_up', 'Whether the database was read in the last seconds.', [], (gauge) =>
      gauge.set(Number(storeUp())),
    );
    this.#gauge('televisit_bus_up', 'Whether Redis is reachable; absent without Redis.', [], (gauge) => {
      const isUp = busUp();
      if (isUp === null) gauge.remove();
      else gauge.set(Number(isUp));
    });
  }

  #load({ capacity, visits, participants, media }: ServerSources): void {
    this.#gauge('televisit_visits', 'Live visits on this server.', [], (gauge) => gauge.set(visits()));
    this.#gauge('televisit_participants', 'Participants in visits on this server.', [], (gauge) =>
      gauge.set(participants()),
    );
    this.#gauge(
      'televisit_capacity_ratio',
      'The share of each limit that is used; 1 is full.',
      ['limit'],
      (gauge) => {
        gauge.reset();
        for (const [limit, share] of Object.entries(capacity())) gauge.set({ limit }, share);
      },
    );
    this.#gauge('televisit_workers', 'Media workers that run.', [], (gauge) => gauge.set(media().workers));
    this.#gauge(
      'televisit_worker_cpu_ratio',
      'The share of a core that the busiest media worker uses.',
      [],
      (gauge) => gauge.set(media().cpu),
    );
    this.#gauge('televisit_consumers', 'Streams that are forwarded to participants.', [], (gauge) =>
      gauge.set(media().consumers),
    );
    this.#gauge('televisit_media_bytes_per_second', 'Media in and out, some seconds ago.', [], (gauge) =>
      gauge.set(media().bitrate / 8),
    );
  }

  #transports({ transports }: ServerSources): void {
    this.#gauge('televisit_transports', 'Media transports of clients.', ['protocol', 'state'], (gauge) => {
      gauge.reset();
      for (const protocol of ['udp', 'tcp']) gauge.set({ protocol, state: 'connected' }, 0);
      for (const { protocol, state } of transports()) gauge.inc({ protocol, state });
    });
  }

  #webhooks({ backlog, now }: ServerSources): void {
    const states = ['enabled', 'disabled'] as const;
    const read = async (set: (state: (typeof states)[number], backlog: Backlog) => void) => {
      // While the database is away, the last values stay: `televisit_store_up` reports the reason.
      for (const state of states)
        await backlog(state).then(
          (found) => set(state, found),
          () => undefined,
        );
    };
    const labels: 'endpoint_state'[] = ['endpoint_state'];
    const pending = 'Webhook deliveries that are pending on all servers, by the state of their endpoint.';
    this.#gauge('televisit_webhook_backlog', pending, labels, (gauge) =>
      read((state, found) => gauge.set({ endpoint_state: state }, found.pending)),
    );
    const oldest = 'Age of the oldest event that is not delivered yet, by the state of its endpoint.';
    this.#gauge('televisit_webhook_oldest_seconds', oldest, labels, (gauge) =>
      read((state, { oldestAt }) => {
        const ageMs = oldestAt === null ? 0 : Math.max(0, now() - oldestAt);
        gauge.set({ endpoint_state: state }, ageMs / 1000);
      }),
    );
  }
}

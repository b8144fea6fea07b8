import { Gauge, type Registry } from 'prom-client';

export const NODE_STATES = ['starting', 'ready', 'full', 'draining', 'stopping'] as const;

/** The deliveries of webhooks that are pending. */
export interface Backlog {
  readonly pending: number;
  /** The time of the oldest event, in milliseconds since the Unix epoch; null if none is pending. */
  readonly oldestAt: number | null;
}

/** The load of one media worker. */
export interface WorkerFigures {
  /** The share of a core, 0 to 1. */
  readonly cpu: number;
  /** The most that its process has used so far, in bytes. */
  readonly memory: number;
  readonly consumers: number;
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
    /** The workers that run. */
    readonly workers: readonly WorkerFigures[];
    /** In and out, in bit/s. */
    readonly bitrate: number;
  };
  /** Returns the transports of clients. */
  readonly transports: () => Iterable<{ readonly protocol: string; readonly state: string }>;
  /** When the certificate of the public address expires, in milliseconds since the Unix epoch; null if unknown. */
  readonly certificateExpiresAt: () => number | null;
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

  #health({ state, ready, storeUp, busUp, certificateExpiresAt }: ServerSources): void {
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
    this.#gauge(
      'televisit_certificate_expiry_timestamp_seconds',
      'When the certificate of CLIENT_BASE_URL expires, since the Unix epoch; absent until it was read.',
      [],
      (gauge) => {
        const at = certificateExpiresAt();
        if (at === null) gauge.remove();
        else gauge.set(at / 1000);
      },
    );
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
    this.#gauge('televisit_workers', 'Media workers that run.', [], (gauge) =>
      gauge.set(media().workers.length),
    );
    const worker = (name: string, help: string, figure: keyof WorkerFigures) =>
      this.#gauge(`televisit_worker_${name}`, help, ['worker'], (gauge) => {
        gauge.reset();
        // By its place in the list: a worker that replaces a dead one has its number.
        for (const [index, figures] of media().workers.entries())
          gauge.set({ worker: String(index + 1) }, figures[figure]);
      });
    worker('cpu_ratio', 'The share of a core that a media worker uses.', 'cpu');
    worker('memory_bytes', 'The most memory that a media worker has used since it started.', 'memory');
    worker('consumers', 'Streams that a media worker sends to participants.', 'consumers');
    this.#gauge('televisit_media_bytes_per_second', 'Media in and out, some seconds ago.', [], (gauge) =>
      gauge.set(media().bitrate / 8),
    );
  }

  #transports({ transports }: ServerSources): void {
    this.#gauge('televisit_transports', 'Media transports of clients.', ['protocol', 'state'], (gauge) => {
      gauge.reset();
      for (const protocol of ['udp', 'tcp', 'turn']) gauge.set({ protocol, state: 'connected' }, 0);
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

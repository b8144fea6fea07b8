import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DeliveryMetrics } from './delivery-metrics.ts';
import { MediaMetrics } from './media-metrics.ts';
import { NetworkMetrics } from './network-metrics.ts';
import { RecordingMetrics } from './recording-metrics.ts';
import { ServerMetrics, type ServerSources } from './server-metrics.ts';
import { StoreMetrics } from './store-metrics.ts';
import { TrafficMetrics } from './traffic-metrics.ts';
import { VisitMetrics } from './visit-metrics.ts';

/**
 * Default metrics of prom-client that break the rules for names (gauges that end in `_total`), or repeat others of them.
 */
const UNWANTED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  'nodejs_active_handles',
  'nodejs_active_requests',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_eventloop_lag_seconds',
];
/** The resolution of the event loop's delay, in milliseconds. */
const LAG_RESOLUTION_MS = 20;

/**
 * What this process counts and measures for Prometheus. Other modules report to the narrow interfaces that they declare; none
 * knows Prometheus. No label has an id, a name or anything else of a person.
 */
export class Metrics {
  readonly traffic: TrafficMetrics;
  readonly visits: VisitMetrics;
  readonly deliveries: DeliveryMetrics;
  readonly store: StoreMetrics;
  readonly network: NetworkMetrics;
  readonly media: MediaMetrics;
  readonly recordings: RecordingMetrics;
  readonly #registry = new Registry();

  constructor(version: string) {
    const registers = [this.#registry];
    new Gauge({
      name: 'televisit_build_info',
      help: 'Always 1; the label has the version of the server.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    this.traffic = new TrafficMetrics(registers);
    this.visits = new VisitMetrics(registers);
    this.deliveries = new DeliveryMetrics(registers);
    this.store = new StoreMetrics(registers);
    this.network = new NetworkMetrics(registers);
    this.media = new MediaMetrics(registers);
    this.recordings = new RecordingMetrics(registers);
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LAG_RESOLUTION_MS });
    for (const name of UNWANTED) this.#registry.removeSingleMetric(name);
  }

  /** What rooms report. */
  get rooms() {
    return {
      network: (...figures: Parameters<NetworkMetrics['network']>) => this.network.network(...figures),
      firstFrame: (seconds: number) => this.network.firstFrame(seconds),
      connectionTested: (...test: Parameters<MediaMetrics['connectionTested']>) =>
        this.media.connectionTested(...test),
      workerReplaced: (outcome: 'moved' | 'failed') => this.visits.moved('dead_worker', outcome),
    };
  }

  /** Adds the state of the server, which is read at each scrape. */
  watch(sources: ServerSources): void {
    new ServerMetrics([this.#registry], sources);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The names of all metrics. */
  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

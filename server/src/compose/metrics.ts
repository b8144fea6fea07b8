import { internalSecretCheck } from '../access/secrets.ts';
import { VERSION } from '../cluster/process-identity.ts';
import type { Store } from '../domain/session-store.ts';
import type { Health } from '../health/health.ts';
import { serveMetrics, type MetricsText } from '../http/metrics-page.ts';
import { CertificateWatch } from '../health/certificate-watch.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Backlog, ServerSources } from '../metrics/server-metrics.ts';
import type { Cluster } from './cluster.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';
import type { Media } from './media.ts';

/** How long the backlog of webhooks is kept, in milliseconds: several Prometheus servers cost the database no more than one. */
const BACKLOG_MS = 10_000;

/** Begins to collect metrics, unless nothing can read them. Their library is loaded only then. */
export async function openMetrics({ config }: Environment): Promise<Metrics | null> {
  if (config.metrics.port === null && config.metrics.token === null) return null;
  const { Metrics: Collected } = await import('../metrics/metrics.ts');
  return new Collected(VERSION);
}

/** Returns what `GET /metrics` of the main port needs; null if it is not served there. */
export function mainMetrics({ config }: Environment, metrics: Metrics | null) {
  const { port, token } = config.metrics;
  if (!metrics || port !== null || token === null) return null;
  return { text: metrics satisfies MetricsText, check: internalSecretCheck([token]) };
}

export interface MetricsParts {
  readonly store: Store;
  readonly cluster: Cluster;
  readonly media: Media;
  readonly domain: Domain;
  readonly health: Health;
}

/** Adds the state of the server to the metrics, and serves them on their own port if they have one. */
export async function startMetrics(
  environment: Environment,
  metrics: Metrics | null,
  parts: MetricsParts,
): Promise<void> {
  const { config, ids, logger, resources } = environment;
  if (!metrics) return;
  const certificate = watchCertificate(environment);
  metrics.watch(sources(environment, parts, certificate));
  const { port, token } = config.metrics;
  if (port === null) return;
  const check = token === null ? null : internalSecretCheck([token]);
  const server = await serveMetrics({ metrics, check, port, ids, logger });
  resources.defer(() => server.close());
}

/** Watches the certificate of the address that participants open; null if it has none. */
function watchCertificate({ config, clock, logger, resources }: Environment): CertificateWatch | null {
  const { clientBaseUrl } = config;
  if (clientBaseUrl?.startsWith('https:') !== true) return null;
  const watch = new CertificateWatch({ url: new URL(clientBaseUrl), clock, logger });
  resources.defer(() => watch.stop());
  return watch;
}

function sources(
  { clock }: Environment,
  parts: MetricsParts,
  certificate: CertificateWatch | null,
): ServerSources {
  const { store, cluster, media, domain, health } = parts;
  const nodes = [...media.nodes.values()];
  const stateOf = (name: string) => health.readiness().checks.find((check) => check.name === name)?.state;
  return {
    state: () => {
      if (stateOf('startup') !== 'ok') return 'starting';
      if (health.retired) return 'stopping';
      if (stateOf('shutdown') !== 'ok') return 'draining';
      return media.admission.full ? 'full' : 'ready';
    },
    ready: () => health.readiness().status !== 'failed',
    storeUp: () => stateOf('store') === 'ok',
    busUp: () => cluster.transport?.up ?? null,
    capacity: () => media.admission.usage,
    visits: () => domain.rooms.size,
    participants: () => nodes.reduce((sum, { participantCount }) => sum + participantCount, 0),
    media: () => {
      const loads = nodes.map((node) => node.load());
      return {
        workers: nodes.flatMap((node) => node.workerLoads()),
        bitrate: loads.reduce((sum, { bitrate }) => sum + bitrate, 0),
      };
    },
    *transports() {
      for (const worker of nodes.flatMap((node) => node.workers)) {
        for (const { iceState, iceSelectedTuple, appData } of worker.transports) {
          const protocol = iceSelectedTuple?.protocol ?? 'none';
          yield { protocol: appData.relayed === true ? 'turn' : protocol, state: iceState };
        }
      }
    },
    certificateExpiresAt: () => certificate?.expiresAt ?? null,
    backlog: backlogOf(store, () => clock.now()),
    now: () => clock.now(),
  };
}

/** Returns a function that reads the backlog of webhooks, at most once in a while. */
function backlogOf({ webhooks }: Store, now: () => number): ServerSources['backlog'] {
  const read = new Map<string, { at: number; backlog: Promise<Backlog> }>();
  return (state) => {
    const known = read.get(state);
    if (known && now() - known.at < BACKLOG_MS) return known.backlog;
    const backlog = webhooks.endpoints().then((endpoints) => {
      const ids = endpoints.filter(({ enabled }) => enabled === (state === 'enabled'));
      return webhooks.backlog(ids.map(({ endpointId }) => endpointId));
    });
    read.set(state, { at: now(), backlog });
    return backlog;
  };
}

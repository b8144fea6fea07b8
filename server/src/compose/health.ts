import { Health } from '../health/health.ts';
import type { Cluster } from './cluster.ts';
import type { Environment } from './environment.ts';
import type { Media } from './media.ts';

/** Builds the answers to probes. They read what other modules know anyway, so that a probe costs no request. */
export function buildHealth(
  { config, clock, resources }: Environment,
  { registry, transport }: Cluster,
  { nodes, admission }: Media,
): Health {
  const own = () => registry.nodes().filter(({ here }) => here);
  const health = new Health({
    sources: {
      workers: () => [...nodes.values()].map(({ workers }) => workers.filter(({ closed }) => !closed).length),
      draining: () => own().length > 0 && own().every(({ drainUntil }) => drainUntil !== null),
      full: () => admission.full,
      othersAccept: () => registry.othersAccept,
      storeReadAt: () => registry.readAt,
      busUp: () => transport?.up ?? null,
    },
    storeGraceMs: config.readyStoreGraceSeconds === 0 ? null : config.readyStoreGraceSeconds * 1000,
    clock,
  });
  resources.defer(() => health.stop());
  return health;
}

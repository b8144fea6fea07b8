import { AdmissionControl, usedMemory } from '../cluster/admission-control.ts';
import { mediaCodecs } from '../media/media-worker.ts';
import { MediaNode } from '../media/media-node.ts';
import { AnnouncedAddresses } from '../media/announced-addresses.ts';
import { mediaAddresses, workerPorts } from '../media/listening.ts';
import { StreamMeter } from '../media/stream-meter.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Environment } from './environment.ts';

export interface Media {
  readonly codecs: ReturnType<typeof mediaCodecs>;
  /** The SFU nodes of this process by id. */
  readonly nodes: ReadonlyMap<string, MediaNode>;
  readonly admission: AdmissionControl;
  /** @throws {Error} if this process does not run the node */
  readonly nodeOf: (nodeId: string) => MediaNode;
}

/**
 * Starts the workers of this process's SFU nodes, and begins to watch their load.
 * @throws if an address or port is not available, or an announced address can't work
 */
export async function startMedia(environment: Environment, metrics: Metrics | null): Promise<Media> {
  const { config, consumersPerRouter, clock, logger, resources } = environment;
  const codecs = mediaCodecs(config.opusDtx);
  const listenIps = mediaAddresses(config.listenIps);
  const announced = resources.use(
    await AnnouncedAddresses.open({ hosts: config.announcedAddresses, listenIps, clock, logger }),
  );
  const streams = metrics ? new StreamMeter({ observer: metrics.media, clock }) : undefined;
  if (streams) resources.defer(() => streams.stop());
  const nodes = new Map<string, MediaNode>();
  for (const [nodeId, ports] of workerPorts(config)) {
    const options = {
      nodeId,
      listenIps,
      announced,
      ports,
      codecs,
      consumersPerRouter,
      streams,
      clock,
      logger,
    };
    nodes.set(
      nodeId,
      resources.adopt(await MediaNode.start(options), (node) => node.close()),
    );
  }
  const all = [...nodes.values()];
  const admission = new AdmissionControl({
    capacity: config.capacity,
    readings: {
      participants: () => all.reduce((sum, { participantCount }) => sum + participantCount, 0),
      cpu: () => Math.max(0, ...all.map((node) => node.load().cpu)),
      memory: usedMemory,
    },
    clock,
    logger,
  });
  admission.start();
  resources.defer(() => admission.stop());
  const nodeOf = (nodeId: string) => {
    const node = nodes.get(nodeId);
    if (!node) throw new Error(`This process does not run the SFU node ${nodeId}.`);
    return node;
  };
  return { codecs, nodes, admission, nodeOf };
}

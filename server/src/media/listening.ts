import { networkInterfaces } from 'node:os';

/** Returns the IP addresses on which media is received: the configured ones or, in development, those of the machine. */
export function mediaAddresses(listenIps: readonly string[]): readonly string[] {
  return listenIps.length > 0 ? listenIps : ownAddresses();
}

/** The settings of workers and their ports. */
export interface WorkerSettings {
  readonly sfuNodes: readonly string[];
  readonly workers: number;
  /** 0 for any free ports. */
  readonly rtcPort: number;
}

/** Distributes the workers evenly over the nodes. Each worker has its own port, and each node at least one worker. */
export function workerPorts({ sfuNodes, workers, rtcPort }: WorkerSettings): Map<string, number[]> {
  const portsOf = new Map<string, number[]>(sfuNodes.map((nodeId) => [nodeId, []]));
  const count = sfuNodes.length === 0 ? 0 : Math.max(workers, sfuNodes.length);
  for (let index = 0; index < count; index++) {
    const nodeId = sfuNodes[index % sfuNodes.length] as string;
    portsOf.get(nodeId)?.push(rtcPort === 0 ? 0 : rtcPort + index);
  }
  return portsOf;
}

/**
 * Returns the addresses that receive media in development: all IPv4 addresses of the machine. Chromium connects to the
 * loopback address, Firefox does not, and phones in the same network need the others.
 */
function ownAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
}

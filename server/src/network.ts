import type { Server as HttpServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { Config } from './config.ts';
import type { ListenAddress } from './media/media-worker.ts';

/** Deals the workers out to the nodes in turn, each with its own port; no node stays without one. */
export function workerPorts({ sfuNodes, workers, rtcPort }: Config): Map<string, number[]> {
  const dealt = new Map<string, number[]>(sfuNodes.map((nodeId) => [nodeId, []]));
  const count = sfuNodes.length === 0 ? 0 : Math.max(workers, sfuNodes.length);
  for (let index = 0; index < count; index++) {
    const nodeId = sfuNodes[index % sfuNodes.length] as string;
    dealt.get(nodeId)?.push(rtcPort === 0 ? 0 : rtcPort + index);
  }
  return dealt;
}

/**
 * Where media is received. In development, with nothing set, that is every IPv4 address of the machine: Chromium
 * connects over the loopback address, Firefox does not, and a phone in the same network needs the other ones too.
 */
export function listenAddresses({ listenIp, announcedAddress }: Config): ListenAddress[] {
  if (listenIp) return [{ ip: listenIp, ...(announcedAddress ? { announcedAddress } : {}) }];
  if (announcedAddress) return [{ ip: '0.0.0.0', announcedAddress }];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => ({ ip: address }));
}

/** The page's own address, as configured or as the browser used it. */
export function isOwnOrigin(origin: string, host: string | undefined, clientBaseUrl: string): boolean {
  if (origin === new URL(clientBaseUrl).origin) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}

/** Resolves when the server listens. @throws where the port can't be had */
export async function listen(server: HttpServer, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
}

/** The port that a listening server has got. */
export function portOf(server: HttpServer): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

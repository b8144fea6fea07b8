import process from 'node:process';
import { compose } from '@televisit/server/compose';
import { parseConfig } from '@televisit/server/config';
import { createLogger } from '@televisit/server/compose/environment';
import { shutdownOnSignal } from '@televisit/server/shutdown';
import { observer } from 'mediasoup';
import type { Router } from 'mediasoup/types';
import type { InspectedRouter, Inspection, InspectionAnswer, InspectionQuestion } from './inspection.ts';
import { SECRETS } from './settings.ts';

/** A server process that reports its objects to the test that started it. */
const workers = new Map<number, Set<Router>>();
let webRtcTransports = 0;

observer.on('newworker', (worker) => {
  const routers = new Set<Router>();
  workers.set(worker.pid, routers);
  worker.observer.once('close', () => workers.delete(worker.pid));
  worker.observer.on('newrouter', (router) => {
    routers.add(router);
    router.observer.once('close', () => routers.delete(router));
    router.observer.on('newtransport', (transport) => {
      if (transport.type !== 'webrtc') return;
      webRtcTransports += 1;
      transport.observer.once('close', () => (webRtcTransports -= 1));
    });
  });
});

async function inspectRouter(router: Router): Promise<InspectedRouter[]> {
  try {
    const { id, transportIds, mapProducerIdConsumerIds, mapConsumerIdProducerId } = await router.dump();
    return [
      {
        routerId: id,
        transports: transportIds.length,
        producers: mapProducerIdConsumerIds.map(({ key }) => key),
        consumers: mapConsumerIdProducerId.length,
      },
    ];
  } catch {
    // It has closed meanwhile.
    return [];
  }
}

const config = parseConfig(process.env);
const logger = createLogger(config.logLevel);
const shutdown = shutdownOnSignal(config, logger);
const server = await compose(config, SECRETS, logger);
shutdown.watch(server);

async function inspect(): Promise<Inspection> {
  const inspected = [...workers].map(async ([pid, routers]) => ({
    pid,
    routers: (await Promise.all([...routers].map(inspectRouter))).flat(),
  }));
  return {
    memory: process.memoryUsage.rss(),
    visits: (await Promise.all([...server.nodes.keys()].map((nodeId) => server.rooms.on(nodeId))))
      .flat()
      .map(({ sessionId }) => sessionId),
    rooms: server.rooms.size,
    webRtcTransports,
    workers: await Promise.all(inspected),
  };
}

process.on('message', ({ id }: InspectionQuestion) => {
  void inspect().then((inspection) => {
    process.send?.({ type: 'inspected', id, inspection } satisfies InspectionAnswer);
  });
});
process.send?.({ type: 'listening', url: server.url, localUrl: `http://localhost:${server.port}` });

import { TelevisitError } from '@televisit/shared/errors';
import type { DtlsParameters, RtpParameters } from '../../media/peer-media.ts';
import type { Handlers } from './registry.ts';

/** Transports and streams of the connection that asks; mediasoup validates what is mediasoup's. */
export const mediaHandlers: Handlers<
  | 'prepare'
  | 'transport:connect'
  | 'transport:restart-ice'
  | 'producer:create'
  | 'producer:close'
  | 'producer:pause'
  | 'producer:resume'
  | 'consumer:ready'
  | 'consumer:prefer'
  | 'probe:open'
  | 'probe:close'
> = {
  prepare: (connection, { rtpCapabilities }) => connection.room.prepare(connection, rtpCapabilities),

  'transport:connect': async (connection, { transportId, dtlsParameters }) => {
    const parameters = dtlsParameters as DtlsParameters;
    const probe = connection.probes.find(transportId);
    if (probe) await probe.connect(parameters);
    else await connection.media.connectTransport(transportId, parameters);
    return null;
  },

  'transport:restart-ice': async ({ media }, { transportId }) => ({
    iceParameters: await media.restartIce(transportId),
  }),

  'producer:create': async (connection, { transportId, source, rtpParameters, paused }) => {
    const isShare = source === 'screen' || source === 'screenAudio';
    if (isShare && !connection.limits.allowShare()) throw new TelevisitError('too_many_messages');
    // Before the join nothing may reach anyone, whatever the client asks for.
    const stayPaused = paused || !connection.joined;
    const producerId = await connection.room.produce(
      connection,
      transportId,
      source,
      rtpParameters as unknown as RtpParameters,
      stayPaused,
    );
    return { producerId };
  },

  'producer:close': (connection, { producerId }) => {
    connection.media.closeProducer(producerId);
    connection.room.mediaChanged(connection);
    return null;
  },

  'producer:pause': async (connection, { producerId }) => {
    await connection.media.pauseProducer(producerId);
    connection.room.mediaChanged(connection);
    return null;
  },

  'producer:resume': async (connection, { producerId }) => {
    await connection.media.resumeProducer(producerId);
    connection.room.mediaChanged(connection);
    return null;
  },

  'consumer:ready': async (connection, { consumerIds }) => {
    await connection.media.consumersReady(consumerIds);
    return null;
  },

  'consumer:prefer': async (connection, { consumers }) => {
    await connection.media.preferConsumers(consumers);
    return null;
  },

  'probe:open': (connection, { path, rtpCapabilities }) =>
    connection.probes.open(path, () => connection.room.openProbe(path, rtpCapabilities)),

  'probe:close': (connection) => {
    connection.probes.clear();
    return null;
  },
};

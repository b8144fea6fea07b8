import type { DtlsParameters, RtpParameters } from '../../media/types.ts';
import type { Handlers } from './registry.ts';

/** Transports and streams of the connection that asks; mediasoup validates what is mediasoup's. */
export const mediaHandlers: Handlers<
  | 'prepare'
  | 'transport:connect'
  | 'producer:create'
  | 'producer:close'
  | 'producer:pause'
  | 'producer:resume'
  | 'consumer:ready'
> = {
  prepare: (connection, { rtpCapabilities }) => connection.room.prepare(connection, rtpCapabilities),

  'transport:connect': async (connection, { transportId, dtlsParameters }) => {
    await connection.media.connectTransport(transportId, dtlsParameters as DtlsParameters);
    return null;
  },

  'producer:create': async (connection, { transportId, source, rtpParameters, paused }) => {
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
};

import { TelevisitError } from '@televisit/shared/errors';
import type { PrepareResult } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Probe } from '../media/probe.ts';
import type { DtlsParameters, RtpCapabilities, RtpParameters } from '../media/peer-media.ts';
import { ConnectionProbes } from './connection-probes.ts';
import { mediaListener, type MemberConnection } from './member-connection.ts';
import type { PartList } from './part-list.ts';
import type { RoomMedia } from './room-media.ts';
import type { HandlerContext, Handlers, RoomContext, RoomObserver, RoomPart } from './room-part.ts';

export interface StreamsOptions {
  readonly room: RoomContext;
  readonly parts: PartList;
  readonly media: RoomMedia;
  /** How long participants have to set up new transports after a worker died, in milliseconds. */
  readonly graceMs: number;
  readonly observer?: RoomObserver | undefined;
}

/** Transports, streams and connection tests of the pages. mediasoup checks the parameters that are its own. */
export class Streams implements RoomPart {
  readonly #options: StreamsOptions;
  readonly #probes = new Map<MemberConnection, ConnectionProbes>();

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  readonly handlers: Handlers<
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
    prepare: ({ connection }, { rtpCapabilities }) => this.#prepare(connection, rtpCapabilities),

    'transport:connect': async ({ connection }, { transportId, dtlsParameters }) => {
      const parameters = dtlsParameters as DtlsParameters;
      const probe = this.#probes.get(connection)?.find(transportId);
      if (probe) await this.#test(probe, parameters);
      else await requireMedia(connection).connectTransport(transportId, parameters);
      return null;
    },

    'transport:restart-ice': async ({ connection }, { transportId }) => ({
      iceParameters: await requireMedia(connection).restartIce(transportId),
    }),

    'producer:create': async (context, { transportId, source, rtpParameters, paused }) => {
      const parameters = rtpParameters as unknown as RtpParameters;
      return { producerId: await this.#produce(context, transportId, source, parameters, paused) };
    },

    'producer:close': (context, { producerId }) => {
      requireMedia(context.connection).closeProducer(producerId);
      this.#streamsChanged(context);
      return null;
    },

    'producer:pause': async (context, { producerId }) => {
      await requireMedia(context.connection).pauseProducer(producerId);
      this.#streamsChanged(context);
      return null;
    },

    'producer:resume': async (context, { producerId }) => {
      await requireMedia(context.connection).resumeProducer(producerId);
      this.#streamsChanged(context);
      return null;
    },

    'consumer:ready': async ({ connection }, { consumerIds }) => {
      await requireMedia(connection).consumersReady(consumerIds);
      return null;
    },

    'consumer:prefer': async ({ connection }, { consumers }) => {
      await requireMedia(connection).preferConsumers(consumers);
      return null;
    },

    'probe:open': ({ connection }, { path, rtpCapabilities }) => {
      const probes = this.#probes.get(connection);
      if (!probes) throw new TelevisitError('media_unavailable');
      return probes.open(path, async () =>
        (await this.#options.media.open()).openProbe(path, rtpCapabilities),
      );
    },

    'probe:close': ({ connection }) => {
      this.#probes.get(connection)?.clear();
      return null;
    },
  };

  onConnected(connection: MemberConnection): void {
    this.#probes.set(connection, new ConnectionProbes(this.#options.room.clock));
  }

  onDisconnected(connection: MemberConnection): void {
    this.#probes.get(connection)?.close();
    this.#probes.delete(connection);
  }

  /** The worker under the router died: every page prepares and joins again over the connection that it has. */
  mediaLost(): void {
    const { room, graceMs } = this.#options;
    for (const member of room.members) {
      // The waiting room keeps the place of a member who has to ask again.
      if (member.presence.kind === 'waiting') room.release(member, 'dropped');
    }
    for (const connection of room.members.connections) {
      if (!connection.media) continue;
      connection.media = undefined;
      connection.emit('media:renew');
    }
    for (const member of room.members.participants) {
      const lost = member.participation?.media;
      room.clock.after(graceMs, () => {
        if (member.participation?.media === lost) member.connection?.drop();
      });
    }
  }

  /** Connects a probe. The test is over when the page closes it. */
  async #test(probe: Probe, parameters: DtlsParameters): Promise<void> {
    probe.onClose(() => this.#options.observer?.connectionTested(probe.path, probe.hasBeenConnected));
    await probe.connect(parameters);
  }

  async #prepare(connection: MemberConnection, rtpCapabilities: RtpCapabilities): Promise<PrepareResult> {
    const { room, media: roomMedia } = this.#options;
    if (connection.media) throw new TelevisitError('already_prepared');
    const { userId } = connection;
    const media = await roomMedia.createPeer({
      userId,
      rtpCapabilities,
      listener: mediaListener(connection, room.logger),
    });
    if (!room.isAttached(connection)) {
      media.close();
      throw new TelevisitError('media_unavailable');
    }
    connection.media = media;
    const { sendTransport, receiveTransport, consumers } = media;
    return { sendTransport, receiveTransport, consumers };
  }

  /** Creates a stream, which the participants receive once its owner is one of them. @returns the producer's id */
  async #produce(
    context: HandlerContext,
    transportId: string,
    source: Source,
    rtpParameters: RtpParameters,
    paused: boolean,
  ): Promise<string> {
    const { parts, media: roomMedia } = this.#options;
    const { connection, member } = context;
    parts.beforeProduce(context, source);
    const media = requireMedia(connection);
    const isIn = member.isInBy(connection);
    const heldBack = isIn && !paused && parts.holdsBack(member, source);
    // Before the join nothing may reach anyone, whatever the client asks for.
    const startsPaused = paused || !isIn || heldBack;
    const producer = await media.produce(transportId, source, rtpParameters, startsPaused);
    try {
      parts.afterProduce(context, source, heldBack);
    } catch (error) {
      producer.close();
      throw error;
    }
    this.#streamsChanged(context);
    roomMedia.router.createConsumers(media, producer, source);
    return producer.id;
  }

  /** Tells the others what a participant sends now. */
  #streamsChanged({ connection, member }: HandlerContext): void {
    // A participant who sets up new transports still is what the others see of the ones before.
    if (member.isInBy(connection) && member.participation?.media === connection.media) {
      this.#options.room.changed(member);
    }
  }
}

/** Returns the transports and streams of a connection. @throws {TelevisitError} `not_prepared` */
export function requireMedia({ media }: MemberConnection): PeerMedia {
  if (!media) throw new TelevisitError('not_prepared');
  return media;
}

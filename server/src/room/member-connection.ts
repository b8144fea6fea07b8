import type { ServerToClientEvents } from '@televisit/shared/signaling';
import type { NetworkLevel, Role } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { PeerMedia, PeerMediaListener } from '../media/peer-media.ts';

/** Runs the tasks of one connection one after another. */
export interface TaskQueue {
  push<T>(task: () => T | Promise<T>, name?: string): Promise<T>;
}

/** The steps from the transports of a page to its media. */
export interface MediaSteps {
  mediaConnected(direction: 'send' | 'receive'): void;
  mediaReceived(): void;
}

/** One page of a member, as the room sees its connection. Signaling implements it over a socket. */
export interface MemberConnection {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  /** The version of the link that it was opened with. */
  readonly linkVersion: number;
  /** Whether the token permits to moderate. */
  readonly isHost: boolean;
  readonly closed: boolean;
  /** Its messages run in this queue, and so does everything else that must not run beside them. */
  readonly queue: TaskQueue;
  /** Its transports and streams; undefined before "prepare", and once they are lost or another connection has them. */
  media: PeerMedia | undefined;
  /** The level that the page last reported of its network; null before the first report. */
  network: NetworkLevel | null;
  /** Is told how the media comes about. */
  readonly mediaSteps?: MediaSteps;

  emit<E extends keyof ServerToClientEvents>(event: E, ...payload: Parameters<ServerToClientEvents[E]>): void;
  /** Ends the connection for good, once the pending answer is sent. */
  dismiss(): void;
  /** Cuts the connection, as a network failure would; the client reconnects. */
  drop(): void;
}

/** Returns a listener that passes media events on to a connection, and failures to the operator. */
export function mediaListener(connection: MemberConnection, logger: Logger): PeerMediaListener {
  return {
    consumerNew: (consumer) => connection.emit('consumer:new', consumer),
    consumerClosed: (consumerId) => connection.emit('consumer:closed', { consumerId }),
    cameraDemand: (spatialLayer) => connection.emit('camera:demand', { spatialLayer }),
    consumerUndecodable: (stream) => connection.emit('consumer:undecodable', stream),
    producerUndecodable: (source) => connection.emit('producer:undecodable', { source }),
    connected: (direction) => connection.mediaSteps?.mediaConnected(direction),
    received: () => connection.mediaSteps?.mediaReceived(),
    unconnected: (transport) => {
      const reason =
        transport.iceState === 'new'
          ? 'No packet of the client arrived. Check ANNOUNCED_ADDRESS, the firewall for RTC_PORT, and TURN.'
          : 'The client reached the server and did not finish the DTLS handshake.';
      logger.warn({ ...transport, reason }, 'failed to connect the media of a participant');
    },
  };
}

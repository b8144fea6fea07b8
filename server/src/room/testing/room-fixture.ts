import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AckData,
  ClientMessage,
  JoinOutcome,
  Payload,
  ServerToClientEvents,
} from '@televisit/shared/signaling';
import { type NetworkLevel, type Source, type Role, permissionsOf } from '@televisit/shared/vocabulary';
import { AwaitQueue } from 'awaitqueue';
import pino from 'pino';
import { ManualClock } from '../../core/testing/manual-clock.ts';
import { created, GRACE, newSession, NINE, seat, sessionsOn } from '../../domain/testing/sessions.ts';
import type { Session } from '../../domain/session.ts';
import { roomFeatures, startFeatures } from '../../features/index.ts';
import { SQLITE_STORES, type OwnStores } from '../../features/stores.ts';
import { featureServices } from '../../features/testing/feature-services.ts';
import { clientRtpCapabilities, mediaCodecs } from '../../media/media-worker.ts';
import { MediaNode } from '../../media/media-node.ts';
import type { PeerMedia } from '../../media/peer-media.ts';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { MemberConnection } from '../member-connection.ts';
import type { Member } from '../member.ts';
import type { Room } from '../room.ts';
import { Rooms } from '../rooms.ts';

const CODECS = mediaCodecs(false);

type EventName = keyof ServerToClientEvents;

/** A page without a socket: it records what it is sent, and hands messages to the room as the dispatch does. */
export class FakePage implements MemberConnection {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  readonly linkVersion: number;
  readonly isHost: boolean;
  readonly queue = new AwaitQueue();
  readonly events: [EventName, unknown][] = [];
  media: PeerMedia | undefined;
  network: NetworkLevel | null = null;
  closed = false;
  /** How the room ended the connection; null while it has not. */
  ended: 'dismissed' | 'dropped' | null = null;
  readonly #room: Room;
  #ssrc = 1000;
  readonly member: Member;

  constructor(room: Room, userId: string, role: Role, linkVersion = 0) {
    this.linkVersion = linkVersion;
    this.userId = userId;
    this.role = role;
    this.displayName = userId;
    this.isHost = permissionsOf(role).includes('moderate');
    this.#room = room;
    this.member = room.attach(this);
  }

  emit<E extends EventName>(event: E, ...payload: Parameters<ServerToClientEvents[E]>): void {
    this.events.push([event, payload[0]]);
  }

  dismiss(): void {
    this.ended ??= 'dismissed';
  }

  drop(): void {
    this.ended ??= 'dropped';
    this.disconnect('connection_lost');
  }

  /** The socket is gone. */
  disconnect(reason: 'left' | 'connection_lost'): void {
    if (this.closed) return;
    this.closed = true;
    this.#room.disconnected(this, reason);
  }

  request<M extends ClientMessage>(message: M, payload: Payload<M>): Promise<AckData[M]> {
    const handle = this.#room.handler(message);
    if (!handle) throw new Error(`No part handles "${message}".`);
    const context = { connection: this, member: this.member, room: this.#room };
    return this.queue.push(async () => handle(context, payload), message);
  }

  /** Sends a stream as the page does after it has joined. @returns the producer's id */
  async produce(source: Source, paused = false): Promise<string> {
    const isAudio = source === 'microphone' || source === 'screenAudio';
    this.#ssrc += 2;
    const rtpParameters = {
      mid: String(this.#ssrc),
      codecs: [
        isAudio
          ? { mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2 }
          : { mimeType: 'video/VP8', payloadType: 96, clockRate: 90000 },
      ],
      encodings: [{ ssrc: this.#ssrc }],
      rtcp: { cname: this.userId },
    };
    const transportId = this.media?.sendTransport.id ?? '';
    const { producerId } = await this.request('producer:create', {
      transportId,
      source,
      rtpParameters,
      paused,
    });
    return producerId;
  }

  async ask(device = `device-of-${this.userId}`): Promise<JoinOutcome> {
    await this.request('prepare', { rtpCapabilities: { ...clientRtpCapabilities(CODECS) } });
    return this.request('join', { live: [], device });
  }

  received(event: EventName): unknown[] {
    return this.events.filter(([name]) => name === event).map(([, payload]) => payload);
  }
}

/** Rooms with real media and a real store, in a manual time that begins at nine. */
export class RoomFixture {
  readonly clock: ManualClock;
  readonly store: SqliteStore<OwnStores>;
  readonly rooms: Rooms;
  /** What was told of the network of pages. */
  readonly figures: readonly object[];
  readonly #folder: string;
  readonly #node: MediaNode;

  private constructor(
    clock: ManualClock,
    store: SqliteStore<OwnStores>,
    rooms: Rooms,
    folder: string,
    node: MediaNode,
    figures: readonly object[],
  ) {
    this.clock = clock;
    this.store = store;
    this.rooms = rooms;
    this.#folder = folder;
    this.#node = node;
    this.figures = figures;
  }

  static async start(): Promise<RoomFixture> {
    const clock = new ManualClock(NINE);
    const logger = pino({ level: 'silent' });
    const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
    const store = SqliteStore.open(folder, SQLITE_STORES);
    const sessions = sessionsOn(store, clock);
    const listenIps = ['127.0.0.1'];
    const media = { nodeId: 'sfu-1', listenIps, ports: [0], codecs: CODECS, clock, logger };
    const node = await MediaNode.start(media);
    const figures: object[] = [];
    const rooms = new Rooms({
      sessions,
      features: roomFeatures(startFeatures(featureServices(store, sessions, clock))),
      createRouter: () => node.createSessionRouter(),
      clock,
      graceMs: GRACE,
      limits: { enter: (join) => join() },
      logger,
      observer: {
        network: (network) => figures.push(network),
        firstFrame: (seconds) => figures.push({ firstFrame: seconds }),
        connectionTested: (path, isConnected) => figures.push({ path, isConnected }),
        workerReplaced: (outcome) => figures.push({ workerReplaced: outcome }),
      },
    });
    sessions.onChange((changed) => rooms.sessionChanged(changed));
    return new RoomFixture(clock, store, rooms, folder, node, figures);
  }

  /** Opens the room of a session of a doctor, a patient, an interpreter and a guest, without a waiting room. */
  async open(changes: Partial<Session> = {}): Promise<Room> {
    const first = created();
    const session = newSession({
      options: { ...first.next.options, waitingRoom: 'off' },
      seats: [
        seat('doctor-1', 'doctor', { displayName: 'doctor-1' }),
        seat('patient-1', 'patient', { displayName: 'patient-1' }),
        seat('interpreter-1', 'interpreter', { displayName: 'interpreter-1' }),
        seat('guest-1', 'guest', { displayName: 'guest-1' }),
      ],
      ...changes,
    });
    await this.store.insert({ ...first, next: session });
    return this.rooms.open(session);
  }

  /** Returns the session as it is stored. */
  async stored(room: Room): Promise<Session> {
    const session = await this.store.get(room.sessionId);
    if (!session) throw new Error('The session is not stored.');
    return session;
  }

  async close(): Promise<void> {
    await this.rooms.close('server_shutdown');
    this.#node.close();
    await this.store.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Connects a page of the doctor, or of another seat, and takes it into the call. */
export async function joined(room: Room, userId = 'doctor-1', role: Role = 'doctor'): Promise<FakePage> {
  const page = new FakePage(room, userId, role);
  const { status } = await page.ask();
  if (status !== 'joined') throw new Error(`${userId} is ${status}.`);
  return page;
}

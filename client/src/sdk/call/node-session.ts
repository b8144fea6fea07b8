import type { VisitBootstrap } from '@televisit/shared/api';
import type { JoinResult, ParticipantView } from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import type { CallEnd, CallFeatures } from './call-features.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { SignalingClient } from '../signaling/signaling-client.ts';
import { Connection } from './connection.ts';
import {
  announced,
  declined,
  elsewhere,
  joined,
  noticed,
  participantChanged,
  participantLeft,
  waiting,
  waitingMessage,
  type ConnectionState,
  type VisitState,
} from '../state/visit-state.ts';

interface NodeSessionEvents {
  /** The streams of this side have changed. */
  tracks: undefined;
  prepared: undefined;
  /** The visit goes on on another server. */
  moved: undefined;
  /** Its connection is lost for good. */
  gone: undefined;
  /** Somebody is there, or has left, as this side knows. */
  arrived: string;
  left: string;
  over: CallEnd;
}

export interface NodeSessionOptions {
  readonly parts: CallFeatures;
  readonly bootstrap: VisitBootstrap;
  readonly local: LocalMedia;
  readonly codecs: Promise<types.Device>;
}

/**
 * `shown`: the page shows what it says; `coming`: what it says is kept for then; `leaving`: another one is shown, or
 * none, and this one only goes on with its media.
 */
export type NodeSessionRole = 'coming' | 'shown' | 'leaving';

type Change = (state: VisitState) => VisitState;

/** One way into the visit: a signaling connection with its media, and what it tells. There are two while a visit moves. */
export class NodeSession extends Emitter<NodeSessionEvents> {
  readonly signaling: SignalingClient;
  readonly connection: Connection;
  readonly #options: NodeSessionOptions;
  #role: NodeSessionRole;
  #held: Change[] = [];
  #state: ConnectionState = 'connecting';
  #finished = false;
  #gone = false;
  /** When this side joined last, by `performance.now()`; null while it is not in. */
  #joinedAt: number | null = null;
  /** Who has left, as this side knows, since it is there. */
  readonly #departed = new Set<string>();
  #handAtJoin = false;

  constructor(options: NodeSessionOptions, role: NodeSessionRole) {
    super();
    this.#options = options;
    this.#role = role;
    const { parts, bootstrap, local, codecs } = options;
    this.signaling = new SignalingClient({
      url: parts.baseUrl,
      sessionId: parts.sessionId,
      token: () => parts.token.get() ?? '',
    });
    this.connection = new Connection({
      signaling: this.signaling,
      bootstrap,
      device: parts.device,
      local,
      codecs,
    });
    this.#handleConnection();
    this.#handleVisit();
    this.#handleMedia();
  }

  get role(): NodeSessionRole {
    return this.#role;
  }

  /** The streams that this side brings. */
  get tracks(): readonly RemoteTrack[] {
    return this.connection.tracks;
  }

  /** When this side joined last, by `performance.now()`; null while it is not in. */
  get joinedAt(): number | null {
    return this.#joinedAt;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Whether somebody has left, as this side knows. */
  hasLeft(userId: string): boolean {
    return this.#departed.has(userId);
  }

  /** The visit goes on on another server: this side stays as it is, and how its connection fares is no news any more. */
  freeze(): void {
    this.#finished = true;
    this.connection.freeze();
  }

  /** Another side is shown, or none. */
  leave(): void {
    this.#role = 'leaving';
  }

  /**
   * Takes the place of the side that was shown.
   * @returns what that does to the state
   */
  show(): Change {
    this.#role = 'shown';
    const held = this.#held;
    this.#held = [];
    return (before) => {
      const after = held.reduce((state, change) => change(state), before);
      const connection = this.#state === 'connecting' ? before.connection : this.#state;
      return { ...after, me: after.me && this.#withHand(after.me, before.me), connection };
    };
  }

  /** Ends a share that is not allowed here; what was allowed before may not be any more. */
  endForbiddenShare(): void {
    const { self, room } = this.#options.parts.store.state;
    if (!room.screenShareAllowed && !self?.permissions.includes('moderate')) this.#options.local.endShare();
  }

  close({ goodbye = true } = {}): void {
    this.connection.close({ goodbye });
    this.removeAllListeners();
  }

  /** Changes the state, now or when this side is shown. */
  #update(change: Change): void {
    if (this.#role === 'shown') this.#options.parts.store.update(change);
    else if (this.#role === 'coming') this.#held.push(change);
  }

  #handleConnection(): void {
    const { connection } = this;
    const { parts } = this.#options;
    connection.on('state', ({ connection: state, error }) => {
      this.#state = state;
      if (!connection.isConnected) this.#joinedAt = null;
      if (this.#role !== 'shown' || this.#finished) return;
      const { store } = parts;
      // Until the server says something else, it is still what keeps the person out.
      const busy =
        error?.code === 'no_capacity' ? error : state === 'reconnecting' && !error ? store.state.error : null;
      store.update({ connection: state, error: busy });
    });
    connection.on('tracks', () => this.emit('tracks', undefined));
    connection.on('prepared', () => this.emit('prepared', undefined));
    connection.on('waiting', (update) => this.#update((state) => waiting(state, update)));
    connection.on('declined', () => this.#update(declined));
    connection.on('elsewhere', () => {
      if (this.#role === 'coming') this.#over({ phase: 'replaced' });
      else this.#update(elsewhere);
    });
    connection.on('joined', ({ result, resumed }) => this.#joined(result, resumed));
    connection.on('moved', () => this.emit('moved', undefined));
    connection.on('gone', () => {
      this.#gone = true;
      this.emit('gone', undefined);
    });
    connection.on('ended', (endReason) => {
      const closedAt = Date.now() + parts.store.state.clockOffset;
      this.#over({ phase: 'ended', why: { closedAt: endReason === null ? null : closedAt, endReason } });
    });
    connection.on('dismissed', (reason) => {
      if (reason === 'removed') this.#over({ phase: 'failed', why: { error: new VisitError('removed') } });
      else this.#over({ phase: 'left' });
    });
    connection.on('replaced', () => {
      // By one's own next connection, perhaps; that one is told where it was somebody else's.
      if (!this.#finished) this.#over({ phase: 'replaced' });
    });
    connection.on('failed', (error) => {
      if (!this.#finished) this.#over({ phase: 'failed', why: { error } });
    });
  }

  #joined(result: JoinResult, resumed: boolean): void {
    const { parts } = this.#options;
    const { store, metrics, feedback, chat, presence } = parts;
    this.#joinedAt = performance.now();
    const told = resumed ? result : this.#sayAgain(result);
    if (this.#role === 'leaving') return;
    if (this.#role === 'coming') {
      // Nobody waits for a first picture.
      this.connection.session?.startSending();
      this.#update((state) => {
        // What came over the other side since then is not in it.
        const messages = [...told.chat, ...state.chat.messages.filter(({ seq }) => !has(told.chat, seq))];
        return joined(state, { ...told, chat: messages }, chat.reading);
      });
      return;
    }
    metrics.ack();
    feedback.open();
    store.update((state) => ({ ...joined(state, told, chat.reading), feedback: feedback.standing }));
    chat.entered();
    presence.say();
    this.endForbiddenShare();
  }

  /** Tells a server what only the one before it knew. @returns how things are then */
  #sayAgain(result: JoinResult): JoinResult {
    const { store, presence } = this.#options.parts;
    let { self } = result;
    if (self.away !== presence.away && this.#role === 'coming') {
      this.signaling.send('presence:set', { away: presence.away });
      self = { ...self, away: presence.away };
    }
    const handRaisedAt = store.state.me?.handRaisedAt ?? null;
    if (handRaisedAt !== null && self.handRaisedAt === null) {
      this.signaling.send('hand:set', { raised: true });
      self = { ...self, handRaisedAt };
    }
    this.#handAtJoin = self.handRaisedAt !== null;
    return { ...result, self };
  }

  /** The hand, as it was raised or lowered over the other side since this one joined. */
  #withHand(me: ParticipantView, before: ParticipantView | null): ParticipantView {
    const handRaisedAt = before?.handRaisedAt ?? null;
    if (this.#joinedAt === null || this.#handAtJoin === (handRaisedAt !== null)) return me;
    if ((me.handRaisedAt !== null) === (handRaisedAt !== null)) return me;
    this.signaling.send('hand:set', { raised: handRaisedAt !== null });
    return { ...me, handRaisedAt };
  }

  /** What the server tells of the others and of the visit. */
  #handleVisit(): void {
    const { signaling } = this;
    const { store, token, chat, reactions } = this.#options.parts;
    const inVisit =
      (change: Change): Change =>
      (state) =>
        state.phase === 'joined' ? change(state) : state;
    const changed = (one: ParticipantView) => {
      this.#departed.delete(one.userId);
      this.#update(inVisit((state) => participantChanged(state, one)));
      this.emit('arrived', one.userId);
    };
    signaling.on('participant:joined', changed);
    signaling.on('participant:updated', changed);
    signaling.on('participant:left', ({ userId }) => {
      this.#departed.add(userId);
      this.#update((state) => participantLeft(state, userId));
      this.emit('left', userId);
    });
    signaling.on('room:updated', (room) => this.#update((state) => ({ ...state, room })));
    signaling.on('waiting:people', ({ people }) =>
      this.#update((state) => ({ ...state, waitingPeople: people })),
    );
    signaling.on('waiting:message', (message) => this.#update((state) => waitingMessage(state, message)));
    // Both sides may bring it; it is shown once.
    signaling.on('announcement', (line) => store.update((state) => announced(state, line)));
    // Every message has its number: it doesn't matter which side brings it, or whether both do.
    signaling.on('chat:message', (message) => chat.received(message));
    signaling.on('reaction', (reaction) => {
      if (store.state.phase === 'joined' && this.#role !== 'leaving') reactions.show(reaction);
    });
    const interrupted = () => {
      if (this.#role === 'shown') chat.interrupted();
    };
    signaling.on('reconnecting', interrupted);
    signaling.on('gone', interrupted);
    signaling.on('token:refreshed', (fresh) => token.set(fresh.token));
  }

  /** What hosts do to one's own media counts on every side; what comes over both is told once. */
  #handleMedia(): void {
    const { parts, local } = this.#options;
    const { store } = parts;
    const isSecond = () => this.#finished || this.#role !== 'shown';
    this.signaling.on('muted', ({ source, by }) => {
      const known = local.sources[source].state !== 'on';
      // The server has stopped the stream; the light of the camera goes out here.
      void local.setOn(source, false);
      if (known && isSecond()) return;
      store.update((state) => noticed(state, source === 'camera' ? 'camera_off' : 'muted', by));
    });
    this.signaling.on('unmute:asked', ({ by }) =>
      store.update((state) => noticed(state, 'unmute_asked', by)),
    );
    this.signaling.on('share:stopped', ({ by }) => {
      const known = local.sources.screen.track === null;
      local.stopShare();
      if (known && isSecond()) return;
      store.update((state) => noticed(state, 'share_stopped', by));
    });
  }

  #over(over: CallEnd): void {
    this.emit('over', over);
  }
}

function has(messages: JoinResult['chat'], seq: number): boolean {
  return messages.some((message) => message.seq === seq);
}

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
  /** The streams from this node have changed. */
  tracks: undefined;
  prepared: undefined;
  /** The call migrates to another node. */
  moved: undefined;
  /** The connection is lost for good. */
  gone: undefined;
  /** This node reports that a participant is present, or has left. */
  arrived: string;
  left: string;
  over: CallEnd;
}

export interface NodeSessionOptions {
  readonly parts: CallFeatures;
  readonly bootstrap: VisitBootstrap;
  readonly local: LocalMedia;
  readonly device: Promise<types.Device>;
}

type Change = (state: VisitState) => VisitState;

/**
 * What a node session is to the page.
 * - `pending`: the target of a migration; its changes of the state are held until it is shown.
 * - `shown`: its changes are applied.
 * - `frozen`: still shown, but the call migrates to another node; `lost` once its connection is gone for good.
 * - `retired`: another node session is shown, or none; it only continues to play and send media.
 */
export type NodeSessionStage =
  | { readonly kind: 'pending'; readonly held: readonly Change[] }
  | { readonly kind: 'shown' }
  | { readonly kind: 'frozen'; readonly lost: boolean }
  | { readonly kind: 'retired'; readonly wasFrozen: boolean; readonly lost: boolean };

export type NodeSessionStageEvent =
  | { readonly type: 'changed'; readonly change: Change }
  | { readonly type: 'shown' }
  | { readonly type: 'frozen' }
  | { readonly type: 'lost' }
  | { readonly type: 'retired' };

/** Returns the stage after an event; the same object if the event changes nothing. */
export function nodeSessionTransition(
  stage: NodeSessionStage,
  event: NodeSessionStageEvent,
): NodeSessionStage {
  switch (event.type) {
    case 'changed':
      return stage.kind === 'pending' ? { kind: 'pending', held: [...stage.held, event.change] } : stage;
    case 'shown':
      return stage.kind === 'pending' ? { kind: 'shown' } : stage;
    case 'frozen':
      return stage.kind === 'shown' ? { kind: 'frozen', lost: false } : stage;
    case 'lost':
      return stage.kind === 'frozen' || stage.kind === 'retired' ? { ...stage, lost: true } : stage;
    case 'retired':
      if (stage.kind === 'retired') return stage;
      return {
        kind: 'retired',
        wasFrozen: stage.kind === 'frozen',
        lost: stage.kind === 'frozen' && stage.lost,
      };
  }
}

/** The call over one node: a connection, and the changes of the state that it brings. A migration has two of them. */
export class NodeSession extends Emitter<NodeSessionEvents> {
  readonly signaling: SignalingClient;
  readonly connection: Connection;
  readonly #options: NodeSessionOptions;
  #stage: NodeSessionStage;
  #state: ConnectionState = 'connecting';
  /** When the participant last joined over this node, by `performance.now()`; null while not in the call. */
  #joinedAt: number | null = null;
  /** Participants that have left, as this node reports, since this session exists. */
  readonly #departed = new Set<string>();
  #handAtJoin = false;

  constructor(options: NodeSessionOptions, kind: 'shown' | 'pending') {
    super();
    this.#options = options;
    this.#stage = kind === 'shown' ? { kind } : { kind, held: [] };
    const { parts, bootstrap, local, device } = options;
    this.signaling = new SignalingClient({
      url: parts.baseUrl,
      sessionId: parts.sessionId,
      token: () => parts.token.get() ?? '',
    });
    this.connection = new Connection({
      signaling: this.signaling,
      bootstrap,
      pageSecret: parts.pageSecret,
      local,
      device,
    });
    this.#handleConnection();
    this.#handleVisit();
    this.#handleMedia();
  }

  /** Whether this is the target of a migration that is not shown yet. */
  get isPending(): boolean {
    return this.#stage.kind === 'pending';
  }

  /** The streams from this node. */
  get tracks(): readonly RemoteTrack[] {
    return this.connection.tracks;
  }

  /** When the participant last joined over this node, by `performance.now()`; null while not in the call. */
  get joinedAt(): number | null {
    return this.#joinedAt;
  }

  /** Whether the connection is lost for good. */
  get gone(): boolean {
    return (this.#stage.kind === 'frozen' || this.#stage.kind === 'retired') && this.#stage.lost;
  }

  /** Returns whether this node has reported that a participant left. */
  hasLeft(userId: string): boolean {
    return this.#departed.has(userId);
  }

  /** The call has migrated. Freezes this session and stops reporting its connection state. */
  freeze(): void {
    this.#dispatch({ type: 'frozen' });
    this.connection.freeze();
  }

  /** Another node session is shown, or none. */
  retire(): void {
    this.#dispatch({ type: 'retired' });
  }

  /**
   * Shows this session in place of the previous one.
   * @returns the changes of the state that were held, and the connection
   */
  show(): Change {
    const held = this.#stage.kind === 'pending' ? this.#stage.held : [];
    this.#dispatch({ type: 'shown' });
    return (before) => {
      const after = held.reduce((state, change) => change(state), before);
      const connection = this.#state === 'connecting' ? before.connection : this.#state;
      return { ...after, me: after.me && this.#withHand(after.me, before.me), connection };
    };
  }

  /** Ends a shared screen that is not allowed, or no longer. */
  endForbiddenShare(): void {
    const { self, room } = this.#options.parts.store.state;
    if (!room.screenShareAllowed && !self?.permissions.includes('moderate')) this.#options.local.endShare();
  }

  close({ goodbye = true } = {}): void {
    this.connection.close({ goodbye });
    this.removeAllListeners();
  }

  #dispatch(event: NodeSessionStageEvent): void {
    this.#stage = nodeSessionTransition(this.#stage, event);
  }

  /** Whether this session is shown, frozen or not. */
  get #isShown(): boolean {
    return this.#stage.kind === 'shown' || this.#stage.kind === 'frozen';
  }

  /** Whether the call has migrated away from this node. */
  get #isFrozen(): boolean {
    return this.#stage.kind === 'frozen' || (this.#stage.kind === 'retired' && this.#stage.wasFrozen);
  }

  /** Changes the state, now or once this session is shown. */
  #update(change: Change): void {
    if (this.#isShown) this.#options.parts.store.update(change);
    else this.#dispatch({ type: 'changed', change });
  }

  #handleConnection(): void {
    const { connection } = this;
    const { parts } = this.#options;
    connection.on('state', ({ connection: state, error }) => {
      this.#state = state;
      if (!connection.isConnected) this.#joinedAt = null;
      if (this.#stage.kind !== 'shown') return;
      const { store } = parts;
      // A server without capacity stays the reason until it answers otherwise.
      const busy =
        error?.code === 'no_capacity' ? error : state === 'reconnecting' && !error ? store.state.error : null;
      store.update({ connection: state, error: busy });
    });
    connection.on('tracks', () => this.emit('tracks', undefined));
    connection.on('prepared', () => this.emit('prepared', undefined));
    connection.on('waiting', (update) => this.#update((state) => waiting(state, update)));
    connection.on('declined', () => this.#update(declined));
    connection.on('elsewhere', () => {
      if (this.isPending) this.#over({ phase: 'replaced' });
      else this.#update(elsewhere);
    });
    connection.on('joined', ({ result, resumed }) => this.#joined(result, resumed));
    connection.on('moved', () => this.emit('moved', undefined));
    connection.on('gone', () => {
      this.#dispatch({ type: 'lost' });
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
      // A frozen session may be replaced by the target of its own migration, which learns of any other replacement.
      if (!this.#isFrozen) this.#over({ phase: 'replaced' });
    });
    connection.on('failed', (error) => {
      if (!this.#isFrozen) this.#over({ phase: 'failed', why: { error } });
    });
  }

  #joined(result: JoinResult, resumed: boolean): void {
    const { parts } = this.#options;
    const { store, metrics, feedback, chat, presence } = parts;
    this.#joinedAt = performance.now();
    const told = resumed ? result : this.#sayAgain(result);
    if (this.#stage.kind === 'retired') return;
    if (this.isPending) {
      // The previous session still shows pictures, so there is no first one to wait for.
      this.connection.session?.startSending();
      this.#update((state) => {
        // It lacks the messages that came over the previous node since this join.
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

  /** Tells the server what only the previous one knew. @returns the result with it */
  #sayAgain(result: JoinResult): JoinResult {
    const { store, presence } = this.#options.parts;
    let { self } = result;
    if (self.away !== presence.away && this.isPending) {
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

  /** Repeats a raised or lowered hand that only the previous node has seen since this session joined. */
  #withHand(me: ParticipantView, before: ParticipantView | null): ParticipantView {
    const handRaisedAt = before?.handRaisedAt ?? null;
    if (this.#joinedAt === null || this.#handAtJoin === (handRaisedAt !== null)) return me;
    if ((me.handRaisedAt !== null) === (handRaisedAt !== null)) return me;
    this.signaling.send('hand:set', { raised: handRaisedAt !== null });
    return { ...me, handRaisedAt };
  }

  /** Handles events about the participants and the visit. */
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
    // During a migration both nodes may deliver it; it is shown once.
    signaling.on('announcement', (line) => store.update((state) => announced(state, line)));
    // Messages have numbers, so it does not matter which node delivers them, or whether both do.
    signaling.on('chat:message', (message) => chat.received(message));
    signaling.on('reaction', (reaction) => {
      if (store.state.phase === 'joined' && this.#stage.kind !== 'retired') reactions.show(reaction);
    });
    const interrupted = () => {
      if (this.#isShown) chat.interrupted();
    };
    signaling.on('reconnecting', interrupted);
    signaling.on('gone', interrupted);
    signaling.on('token:refreshed', (fresh) => token.set(fresh.token));
  }

  /** Handles what hosts do to this participant's media. During a migration it counts over either node, with one notice. */
  #handleMedia(): void {
    const { parts, local } = this.#options;
    const { store } = parts;
    const isSecond = () => this.#stage.kind !== 'shown';
    this.signaling.on('muted', ({ source, by }) => {
      const known = local.sources[source].state !== 'on';
      // The server has stopped the stream; this turns off the camera light.
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

import type { VisitBootstrap } from '@televisit/shared/api';
import type { ClientMessage, JoinResult, ParticipantView, Payload } from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import type { Admission, FeatureNode } from '../features/feature.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { consumersWithoutFrame } from '../media/first-frames.ts';
import { SignalingClient } from '../signaling/signaling-client.ts';
import {
  participantChanged,
  participantLeft,
  type ConnectionState,
  type VisitState,
} from '../state/visit-state.ts';
import type { CallContext, CallEnd } from './call-context.ts';
import { Connection } from './connection.ts';

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
  readonly context: CallContext;
  readonly bootstrap: VisitBootstrap;
  readonly local: LocalMedia;
  readonly device: Promise<types.Device>;
}

type Change = (state: VisitState) => VisitState;

/**
 * The role of a node session for the page.
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
export class NodeSession extends Emitter<NodeSessionEvents> implements FeatureNode {
  readonly signaling: SignalingClient;
  readonly connection: Connection;
  readonly #options: NodeSessionOptions;
  #stage: NodeSessionStage;
  #state: ConnectionState = 'connecting';
  /** When the participant last joined over this node, by `performance.now()`; null while not in the call. */
  #joinedAt: number | null = null;
  /** Participants that have left, as this node reports, since this session exists. */
  readonly #departed = new Set<string>();

  constructor(options: NodeSessionOptions, kind: 'shown' | 'pending') {
    super();
    this.#options = options;
    this.#stage = kind === 'shown' ? { kind } : { kind, held: [] };
    const { context, bootstrap, local, device } = options;
    this.signaling = new SignalingClient({
      url: context.baseUrl,
      sessionId: context.sessionId,
      token: () => context.token.get() ?? '',
    });
    this.connection = new Connection({
      signaling: this.signaling,
      bootstrap,
      pageSecret: context.pageSecret,
      local,
      device,
    });
    this.#handleConnection();
    this.#handleEnd();
    this.#handleVisit();
  }

  get isPending(): boolean {
    return this.#stage.kind === 'pending';
  }

  get isCurrent(): boolean {
    return this.#stage.kind === 'shown';
  }

  get isRetired(): boolean {
    return this.#stage.kind === 'retired';
  }

  /** The streams from this node. */
  get tracks(): readonly RemoteTrack[] {
    return this.connection.tracks;
  }

  /** Returns the ids of the consumers of video of which no frame has been decoded yet. */
  withoutFrame(): Promise<ReadonlySet<string>> {
    return consumersWithoutFrame(this.connection.session);
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

  send<M extends ClientMessage>(message: M, payload: Payload<M>): void {
    this.signaling.send(message, payload);
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
   * @returns the change of the state: everything that was held, and the connection
   */
  show(): Change {
    const held = this.#stage.kind === 'pending' ? this.#stage.held : [];
    this.#dispatch({ type: 'shown' });
    return (before) => {
      const after = held.reduce((state, change) => change(state), before);
      const connection = this.#state === 'connecting' ? before.connection : this.#state;
      const { features } = this.#options.context;
      return { ...(this.#joinedAt === null ? after : features.shown(after, before, this)), connection };
    };
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
    if (this.#isShown) this.#options.context.store.update(change);
    else this.#dispatch({ type: 'changed', change });
  }

  #admit(admission: Admission): void {
    const { features } = this.#options.context;
    this.#update((state) => features.admitted(state, admission));
  }

  #handleConnection(): void {
    const { connection } = this;
    const { store } = this.#options.context;
    connection.on('state', ({ connection: state, mediaBlocked, error }) => {
      this.#state = state;
      if (!connection.isConnected) this.#joinedAt = null;
      if (!this.isCurrent) return;
      // A server without capacity stays the reason until it answers otherwise.
      const busy =
        error?.code === 'no_capacity' ? error : state === 'reconnecting' && !error ? store.state.error : null;
      store.update({ connection: state, mediaBlocked, error: busy });
    });
    connection.on('tracks', () => this.emit('tracks', undefined));
    connection.on('prepared', () => this.emit('prepared', undefined));
    connection.on('waiting', (waiting) => this.#admit({ kind: 'waiting', waiting }));
    connection.on('declined', () => this.#admit({ kind: 'declined' }));
    connection.on('elsewhere', () => {
      if (this.isPending) this.#end({ phase: 'replaced' });
      else this.#admit({ kind: 'elsewhere' });
    });
    connection.on('joined', ({ result, resumed }) => this.#handleJoined(result, resumed));
    connection.on('moved', () => this.emit('moved', undefined));
    connection.on('gone', () => {
      this.#dispatch({ type: 'lost' });
      this.emit('gone', undefined);
    });
  }

  #handleEnd(): void {
    const { connection } = this;
    const { store } = this.#options.context;
    connection.on('ended', (endReason) => {
      const closedAt = Date.now() + store.state.clockOffset;
      this.#end({ phase: 'ended', why: { closedAt: endReason === null ? null : closedAt, endReason } });
    });
    connection.on('dismissed', (reason) => {
      if (reason === 'removed') this.#end({ phase: 'failed', why: { error: new VisitError('removed') } });
      else this.#end({ phase: 'left' });
    });
    connection.on('replaced', () => {
      // A frozen session may be replaced by the target of its own migration, which learns of any other replacement.
      if (!this.#isFrozen) this.#end({ phase: 'replaced' });
    });
    connection.on('failed', (error) => {
      if (!this.#isFrozen) this.#end({ phase: 'failed', why: { error } });
    });
  }

  #handleJoined(joined: JoinResult, resumed: boolean): void {
    const { metrics, features } = this.#options.context;
    this.#joinedAt = performance.now();
    const result = resumed ? joined : features.restore(joined, this);
    if (this.isRetired) return;
    const { isPending } = this;
    // The previous session still shows pictures, so there is no first one to wait for.
    if (isPending) this.connection.session?.startSending();
    else metrics.ack();
    this.#admit({ kind: 'joined', result, isPending });
    if (!isPending) features.entered();
  }

  /** Handles events about the participants and the visit. */
  #handleVisit(): void {
    const { signaling } = this;
    const { token, features } = this.#options.context;
    const inCall =
      (change: Change): Change =>
      (state) =>
        state.phase === 'joined' ? change(state) : state;
    const changed = (participant: ParticipantView) => {
      this.#departed.delete(participant.userId);
      this.#update(inCall((state) => participantChanged(state, participant)));
      this.emit('arrived', participant.userId);
    };
    signaling.on('participant:joined', changed);
    signaling.on('participant:updated', changed);
    signaling.on('participant:left', ({ userId }) => {
      this.#departed.add(userId);
      this.#update((state) => participantLeft(state, userId));
      this.emit('left', userId);
    });
    signaling.on('consumer:undecodable', ({ userId, source }) => {
      if (source !== 'camera') return;
      this.#update((state) => ({ ...state, undecodable: [...new Set([...state.undecodable, userId])] }));
    });
    signaling.on('room:updated', (room) => this.#update((state) => ({ ...state, room })));
    signaling.on('token:refreshed', (fresh) => token.set(fresh.token));
    const interrupted = () => {
      if (this.#isShown) features.interrupted();
    };
    signaling.on('reconnecting', interrupted);
    signaling.on('gone', interrupted);
    features.listen(signaling, this, (change) => this.#update(change));
  }

  #end(end: CallEnd): void {
    this.emit('over', end);
  }
}

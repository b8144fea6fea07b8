import type { VisitBootstrap } from '@televisit/shared/api';
import type {
  ClientMessage,
  JoinResult,
  Payload,
  ServerToClientEvents,
  WaitingState,
} from '@televisit/shared/signaling';
import type { BaseState } from '../core/base-state.ts';
import type { SessionStorageValue, StoredName } from '../core/session-storage-value.ts';
import type { StateStore } from '../core/store.ts';
import type { LocalMedia } from '../devices/local-media.ts';
import type { CurrentSignaling } from '../signaling/current-signaling.ts';
import type { VisitRequest } from '../signaling/visit-request.ts';

/** The part of a feature's contract in `shared/src/features` that the client uses; only its type exists in the page. */
export interface FeatureContract {
  readonly name: string;
  readonly events?: object;
}

type EventOf<C extends FeatureContract> = Extract<keyof C['events'], keyof ServerToClientEvents>;
type EventPayload<E extends keyof ServerToClientEvents> = Parameters<ServerToClientEvents[E]>[0];

/** The state as a feature with the given slice sees it. */
export type StateWith<Slice extends object> = BaseState & Slice;

/** The place that the server gave the participant. */
export type Admission =
  | { readonly kind: 'waiting'; readonly waiting: WaitingState }
  | { readonly kind: 'declined' }
  | { readonly kind: 'elsewhere' }
  /** `isPending`: over the target of a migration, which is not shown yet. */
  | { readonly kind: 'joined'; readonly result: JoinResult; readonly isPending: boolean };

/** The node session that an event comes from. During a migration there are two. */
export interface FeatureNode {
  /** Whether this is the target of a migration that is not shown yet. */
  readonly isPending: boolean;
  /** Whether the page shows this session, and the call has not migrated away from it. */
  readonly isCurrent: boolean;
  /** Whether another session is shown, or none. */
  readonly isRetired: boolean;
  /** Sends a message over this session. */
  send<M extends ClientMessage>(message: M, payload: Payload<M>): void;
}

/** The services of a feature, for as long as the client exists. */
export interface FeatureContext<Slice extends object> {
  readonly store: StateStore<StateWith<Slice>>;
  /** Sends messages over the node session that is shown. */
  readonly signaling: CurrentSignaling;
  /** Returns the local media of the current join attempt, if there is one. */
  readonly local: () => LocalMedia | null;
  /** Returns how to call the server's HTTP API. @throws {VisitError} if there is no token */
  readonly request: () => Omit<VisitRequest, 'signal'>;
  /** Returns a value that is kept for a reload of the tab. */
  readonly stored: (name: StoredName) => SessionStorageValue;
}

/** The part of a feature that lives as long as the client. All members but the commands are optional. */
export interface LiveFeature<C extends FeatureContract, Slice extends object, Commands> {
  /** The methods that the client offers. */
  readonly commands: Commands;
  /** Returns the slice at the start, if it differs from `initial`, as a stored one. */
  initial?(): Partial<Slice>;
  /** Returns the changes of the slice when the visit is loaded. */
  loaded?(visit: VisitBootstrap): Partial<Slice>;
  /** Changes the state when the server has put the participant somewhere. */
  admitted?<S extends StateWith<Slice>>(state: S, admission: Admission): S;
  /**
   * Handlers that run at once, whichever node an event comes from. During a migration an event may come from both nodes,
   * so handling it twice must do no harm.
   */
  readonly handlers?: { [E in EventOf<C>]?: (payload: EventPayload<E>, node: FeatureNode) => void };
  /** Sends a node the state that only the previous one had, after a join. @returns the join's result with it */
  restore?(result: JoinResult, node: FeatureNode): JoinResult;
  /** The participant is in the call, and the state holds the join's result. Also after a reconnect or a migration. */
  entered?(): void;
  /** Repeats the changes over the previous node since `node` joined; `before` is the state as the previous node left it. */
  shown?<S extends StateWith<Slice>>(state: S, before: S, node: FeatureNode): S;
  /** Nothing can be sent until the participant has entered again. */
  interrupted?(): void;
  /** The call is over for this participant. */
  stopped?(): void;
}

/** A feature of the call: its slice of the state, the effects of server events, and its commands. */
export interface ClientFeature<C extends FeatureContract, Slice extends object, Commands> {
  readonly name: C['name'];
  /** The slice of the state before anything is known. */
  readonly initial: Slice;
  /** Whether the slice survives the end of the call; otherwise it becomes `initial` again. */
  readonly survivesEnd?: boolean;
  /** How server events change the state; those of a migration's target are applied once it is shown. */
  readonly reduce?: {
    [E in EventOf<C>]?: <S extends StateWith<Slice>>(state: S, payload: EventPayload<E>) => S;
  };
  create(context: FeatureContext<Slice>): LiveFeature<C, Slice, Commands>;
}

/** Declares a feature, typed from its contract in `shared`. */
export function defineClientFeature<C extends FeatureContract, Slice extends object, Commands>(
  feature: ClientFeature<C, Slice, Commands>,
): ClientFeature<C, Slice, Commands> {
  return feature;
}

import type { VisitBootstrap } from '@televisit/shared/api';
import type { JoinResult } from '@televisit/shared/signaling';
import type {
  Admission,
  FeatureContext,
  FeatureContract,
  FeatureNode,
  LiveFeature,
} from '../features/feature.ts';
import {
  CLIENT_FEATURES,
  type AnyFeature,
  type FeatureCommands,
  type FeatureSlices,
} from '../features/index.ts';
import type { SignalingClient, SignalingEvents } from '../signaling/signaling-client.ts';
import { admitted, loaded, type VisitState, type VisitStore } from '../state/visit-state.ts';

type Change = (state: VisitState) => VisitState;
type AnyLive = LiveFeature<FeatureContract, object, unknown>;
type EventHandler = (payload: never, node: FeatureNode) => void;
type EventReducer = (state: VisitState, payload: never) => VisitState;

export interface CallFeaturesOptions extends Omit<FeatureContext<FeatureSlices>, 'store'> {
  readonly store: VisitStore;
}

/** The features of one client: calls each of them, in the order of the list, at every step of a call. */
export class CallFeatures {
  readonly commands: FeatureCommands;
  readonly #features: readonly AnyFeature[] = CLIENT_FEATURES;
  readonly #live: readonly AnyLive[];

  constructor(context: CallFeaturesOptions) {
    this.#live = this.#features.map((feature) => feature.create(context));
    const commands = this.#live.map((live, index) => [this.#features[index]?.name, live.commands]);
    this.commands = Object.fromEntries(commands) as FeatureCommands;
  }

  /** Returns the slices that differ from the initial state, as stored ones. */
  initial(): Partial<FeatureSlices> {
    return Object.assign({}, ...this.#live.map((live) => live.initial?.())) as Partial<FeatureSlices>;
  }

  /** Returns the state once the visit is loaded. */
  loaded(state: VisitState, visit: VisitBootstrap, clockOffset: number): VisitState {
    const slices = this.#live.map((live) => live.loaded?.(visit));
    return Object.assign({}, loaded(state, visit, clockOffset), ...slices) as VisitState;
  }

  /** Returns the state once the server has put the participant somewhere. */
  admitted(state: VisitState, admission: Admission): VisitState {
    return this.#live.reduce(
      (before, live) => live.admitted?.(before, admission) ?? before,
      admitted(state, admission),
    );
  }

  /**
   * Subscribes every feature to the events of a node session.
   * @param update changes the state, now or once the node session is shown
   */
  listen(signaling: SignalingClient, node: FeatureNode, update: (change: Change) => void): void {
    for (const feature of this.#features) {
      for (const [event, reduce] of entriesOf<EventReducer>(feature.reduce)) {
        signaling.on(event, (payload) => update((state) => reduce(state, payload as never)));
      }
    }
    for (const live of this.#live) {
      for (const [event, handle] of entriesOf<EventHandler>(live.handlers)) {
        signaling.on(event, (payload) => handle(payload as never, node));
      }
    }
  }

  /** Sends a node the state that only the previous one had. @returns the join's result with it */
  restore(result: JoinResult, node: FeatureNode): JoinResult {
    return this.#live.reduce((before, live) => live.restore?.(before, node) ?? before, result);
  }

  /** The participant is in the call, and the state holds the join's result. */
  entered(): void {
    for (const live of this.#live) live.entered?.();
  }

  /** Shows the target of a migration. @returns the state with the changes over the previous node in the meantime */
  shown(state: VisitState, before: VisitState, node: FeatureNode): VisitState {
    return this.#live.reduce((after, live) => live.shown?.(after, before, node) ?? after, state);
  }

  /** Nothing can be sent until the participant has entered again. */
  interrupted(): void {
    for (const live of this.#live) live.interrupted?.();
  }

  /** The call is over for this participant. */
  stopped(): void {
    for (const live of this.#live) live.stopped?.();
  }
}

function entriesOf<F>(functions: object | undefined): [keyof SignalingEvents, F][] {
  return Object.entries(functions ?? {}) as [keyof SignalingEvents, F][];
}

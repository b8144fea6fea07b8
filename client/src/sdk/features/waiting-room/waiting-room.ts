import type { waitingRoom as contract } from '@televisit/shared/features/waiting-room';
import type { WaitingMessage, WaitingState, WaitingView } from '@televisit/shared/signaling';
import type { BaseState } from '../../core/base-state.ts';
import type { CurrentSignaling } from '../../signaling/current-signaling.ts';
import { defineClientFeature } from '../feature.ts';

/** The state of a waiting participant. */
export interface Waiting {
  /** In milliseconds since 1970 by this device's clock. */
  readonly since: number;
  /** Whether a host is in the visit, and sees that this participant waits. */
  readonly hostPresent: boolean;
  /** Whether a host must admit this participant; otherwise the arrival of a host does. */
  readonly needsAdmission: boolean;
  /** Messages from hosts, the oldest first. */
  readonly messages: readonly WaitingMessage[];
}

export interface WaitingRoomSlice {
  readonly waiting: Waiting | null;
  readonly waitingPeople: readonly WaitingView[];
}

type State = Pick<BaseState, 'clockOffset'> & WaitingRoomSlice;

/** The participant is in the waiting room, or its conditions have changed; messages from hosts are kept. */
export function waiting<S extends State>(state: S, { since, hostPresent, needsAdmission }: WaitingState): S {
  return {
    ...state,
    waiting: {
      since: Date.parse(since) - state.clockOffset,
      hostPresent,
      needsAdmission,
      messages: state.waiting?.messages ?? [],
    },
  };
}

/** Adds a message from a host to this waiting participant. */
export function waitingMessage<S extends State>(state: S, message: WaitingMessage): S {
  if (!state.waiting) return state;
  return { ...state, waiting: { ...state.waiting, messages: [...state.waiting.messages, message] } };
}

/** The actions of hosts on the people in `state.waitingPeople`. Every method throws a `VisitError`. */
export class WaitingRoom {
  readonly #signaling: CurrentSignaling;

  constructor(signaling: CurrentSignaling) {
    this.#signaling = signaling;
  }

  /** Lets a waiting person in. */
  async admit(userId: string): Promise<void> {
    await this.#signaling.request('waiting:admit', { userId });
  }

  /** Declines for now; the person may ask again. */
  async decline(userId: string): Promise<void> {
    await this.#signaling.request('waiting:decline', { userId });
  }

  /** Sends a message of up to 300 characters to a waiting person. */
  async message(userId: string, text: string): Promise<void> {
    await this.#signaling.request('waiting:message', { userId, text });
  }
}

export const waitingRoom = defineClientFeature<typeof contract, WaitingRoomSlice, WaitingRoom>({
  name: 'waiting-room',
  initial: { waiting: null, waitingPeople: [] },
  reduce: {
    'waiting:people': (state, { people }) => ({ ...state, waitingPeople: people }),
    'waiting:message': waitingMessage,
  },
  create: ({ signaling }) => ({
    commands: new WaitingRoom(signaling),
    admitted: (state, admission) => {
      if (admission.kind === 'waiting') return waiting(state, admission.waiting);
      if (admission.kind !== 'joined') return { ...state, waiting: null };
      return { ...state, waiting: null, waitingPeople: admission.result.waiting };
    },
  }),
});

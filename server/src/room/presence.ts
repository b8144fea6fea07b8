/** The place of a member: in the waiting room, or in the call. */
export type Place = 'waiting-room' | 'call';

/** The state of a person in a room. It changes by `transition` only. */
export type Presence =
  /** Has pages open that have not entered; or no page at all, and the room forgets the member. */
  | { readonly kind: 'preview' }
  /** Connected, in the waiting room. */
  | { readonly kind: 'waiting' }
  /** Connected, in the call. */
  | { readonly kind: 'present' }
  /** The connection dropped at `since`; the place is kept for a while. */
  | { readonly kind: 'away'; readonly place: Place; readonly since: number }
  /** The store has this person in the place, but this room has not seen them: they are expected since it opened. */
  | { readonly kind: 'expected'; readonly place: Place; readonly since: number };

export type PresenceEvent =
  /** The store names the person while the room opens. */
  | { readonly type: 'expect'; readonly place: Place; readonly at: number }
  /** A page of theirs has to wait. */
  | { readonly type: 'wait' }
  /** A page of theirs is in the call: it joined, or resumed. */
  | { readonly type: 'enter' }
  /** The connection dropped. */
  | { readonly type: 'drop'; readonly at: number }
  /** They give the place up, or lose it. */
  | { readonly type: 'release' };

/** Returns the place that goes with a presence; null in the preview. */
export function placeOf(presence: Presence): Place | null {
  switch (presence.kind) {
    case 'preview':
      return null;
    case 'waiting':
      return 'waiting-room';
    case 'present':
      return 'call';
    case 'away':
    case 'expected':
      return presence.place;
  }
}

/** Returns the presence after an event. @throws {Error} if the event makes no sense in this presence */
export function transition(from: Presence, event: PresenceEvent): Presence {
  switch (event.type) {
    case 'release':
      return { kind: 'preview' };
    case 'enter':
      return { kind: 'present' };
    case 'wait':
      // A participant whose connection dropped is still in the call, and enters without waiting.
      if (from.kind === 'present' || (from.kind === 'away' && from.place === 'call')) break;
      return { kind: 'waiting' };
    case 'drop':
      // The first drop counts: the person was last there then.
      if (from.kind === 'away') return from;
      if (from.kind === 'waiting') return { kind: 'away', place: 'waiting-room', since: event.at };
      if (from.kind === 'present') return { kind: 'away', place: 'call', since: event.at };
      break;
    case 'expect':
      if (from.kind === 'preview') return { kind: 'expected', place: event.place, since: event.at };
      break;
  }
  throw new Error(`A member whose presence is "${from.kind}" cannot ${event.type}.`);
}

/**
 * The place of the participant, as the server and this page agree: `entering` has asked to join and asks again after each
 * reconnect, `waiting` is in the waiting room, `inside` has joined.
 */
export type Membership =
  | { readonly kind: 'outside' }
  | { readonly kind: 'entering'; readonly takeOver: boolean }
  /** `live`: the sources that the last `join` named, with which the server would admit the participant. */
  | { readonly kind: 'waiting'; readonly takeOver: boolean; readonly live: string }
  /** `resumable`: the next signaling connection may resume the current transports. */
  | { readonly kind: 'inside'; readonly resumable: boolean };

/** A participant who wants to be in the call. */
export type Member = Exclude<Membership, { kind: 'outside' }>;

/**
 * How far one connection to a node has got. A new `attempt` starts whenever transports have to be prepared again;
 * answers that belong to an older attempt are stale.
 * - `offline`: no signaling connection.
 * - `preparing`: signaling is connected, transports are being made or resumed.
 * - `joining`: transports are ready, the answer to `join` is pending.
 * - `established`: the participant is where they want to be.
 * - `failing`: a step failed; the signaling connection is dropped to start again.
 */
export type ConnectionStage =
  | { readonly kind: 'closed' }
  | {
      readonly kind: 'offline' | 'preparing' | 'established' | 'failing';
      readonly attempt: number;
      readonly membership: Membership;
    }
  | { readonly kind: 'joining'; readonly attempt: number; readonly membership: Member };

export type ConnectionEvent =
  /** The signaling connection was made. */
  | { readonly type: 'connected' }
  /** The signaling connection was lost. */
  | { readonly type: 'disconnected' }
  /** The server has nothing to resume; transports have to be made. */
  | { readonly type: 'resume-refused' }
  /** The server lost the media or moves it; transports have to be made over the same connection. */
  | { readonly type: 'renewal-requested' }
  | { readonly type: 'prepared' }
  | { readonly type: 'resumed' }
  | { readonly type: 'join-requested'; readonly takeOver: boolean }
  | { readonly type: 'join-sent'; readonly live: string }
  /** The server has let the participant in, in the answer to `join` or later. */
  | { readonly type: 'joined' }
  /** The server has put the participant into the waiting room, in the answer to a join that named `live`. */
  | { readonly type: 'waiting'; readonly live: string }
  | { readonly type: 'declined' }
  | { readonly type: 'joined-elsewhere' }
  | { readonly type: 'left' }
  /** A transport failed for good. */
  | { readonly type: 'media-failed' }
  /** A request was refused or not answered, and may be repeated. */
  | { readonly type: 'request-failed' }
  | { readonly type: 'closed' };

type OpenStage = Exclude<ConnectionStage, { kind: 'closed' }>;

export const OUTSIDE: Membership = { kind: 'outside' };
export const INITIAL_STAGE: ConnectionStage = { kind: 'offline', attempt: 0, membership: OUTSIDE };

/** Returns the stage after an event; the same object if the event changes nothing. */
export function transition(stage: ConnectionStage, event: ConnectionEvent): ConnectionStage {
  if (stage.kind === 'closed') return stage;
  const { attempt, membership } = stage;
  switch (event.type) {
    case 'connected':
      return { kind: 'preparing', attempt: attempt + 1, membership };
    case 'disconnected':
      return { kind: 'offline', attempt: attempt + 1, membership };
    case 'resume-refused':
      if (stage.kind !== 'preparing') return stage;
      return { kind: 'preparing', attempt: attempt + 1, membership };
    case 'renewal-requested':
      if (stage.kind === 'offline') return stage;
      return { kind: 'preparing', attempt: attempt + 1, membership };
    case 'prepared':
      if (stage.kind !== 'preparing') return stage;
      return membership.kind === 'outside'
        ? { kind: 'established', attempt, membership }
        : { kind: 'joining', attempt, membership };
    case 'resumed':
      if (stage.kind !== 'preparing' || membership.kind === 'outside') return stage;
      return { kind: 'established', attempt, membership: INSIDE };
    case 'join-requested':
      return withMembership(stage, requested(membership, event.takeOver));
    case 'join-sent':
      if (membership.kind !== 'waiting') return stage;
      return withMembership(stage, { ...membership, live: event.live });
    case 'joined':
      if (membership.kind === 'outside') return stage;
      return answered(stage, INSIDE);
    case 'waiting':
      if (membership.kind === 'outside') return stage;
      // A later join may be in flight already: its sources count.
      if (membership.kind === 'waiting') return answered(stage, membership);
      return answered(stage, { kind: 'waiting', takeOver: takesOver(membership), live: event.live });
    case 'declined':
      return membership.kind === 'waiting' ? withMembership(stage, OUTSIDE) : stage;
    case 'joined-elsewhere':
      return answered(stage, OUTSIDE);
    case 'left':
      return withMembership(stage, OUTSIDE);
    case 'media-failed': {
      const kept: Membership =
        membership.kind === 'inside' ? { ...membership, resumable: false } : membership;
      return { kind: stage.kind === 'offline' ? 'offline' : 'failing', attempt, membership: kept };
    }
    case 'request-failed':
      return stage.kind === 'offline' ? stage : { kind: 'failing', attempt, membership };
    case 'closed':
      return { kind: 'closed' };
  }
}

/** Whether the next join replaces the participant's other device. */
export function takesOver(membership: Membership): boolean {
  return (membership.kind === 'entering' || membership.kind === 'waiting') && membership.takeOver;
}

const INSIDE: Membership = { kind: 'inside', resumable: true };

function requested(membership: Membership, takeOver: boolean): Membership {
  switch (membership.kind) {
    case 'inside':
      return membership;
    case 'waiting':
      return { ...membership, takeOver };
    case 'outside':
    case 'entering':
      return { kind: 'entering', takeOver };
  }
}

/** The server has answered where the participant is: that establishes a connection that is prepared. */
function answered(stage: OpenStage, membership: Membership): ConnectionStage {
  const { kind, attempt } = stage;
  if (kind === 'joining' || kind === 'established') return { kind: 'established', attempt, membership };
  return { kind, attempt, membership };
}

/** Changes the membership; nothing is pending for a participant who no longer wants to be in the call. */
function withMembership(stage: OpenStage, membership: Membership): ConnectionStage {
  const { kind, attempt } = stage;
  if (kind !== 'joining') return { kind, attempt, membership };
  return membership.kind === 'outside'
    ? { kind: 'established', attempt, membership }
    : { kind: 'joining', attempt, membership };
}

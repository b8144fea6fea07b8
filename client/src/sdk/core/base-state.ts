import type { VisitBootstrap } from '@televisit/shared/api';
import type { Permission } from '@televisit/shared/vocabulary';
import type { ParticipantView, RoomView } from '@televisit/shared/signaling';

/**
 * The phase of the participant: `loading` the visit, `early` before it opens at `opensAt`, `meeting` if another provider
 * carries it, `ready` in front of the preview, `joining`, `waiting` in the waiting room, `declined` by a host for now (`join()` asks again), `elsewhere` if already in
 * the call on another device, which `join()` replaces, `joined`, and the ends: `left`, `ended` for all, `replaced` by
 * another tab of the same participant, `failed` with `error`.
 */
export type VisitPhase =
  | 'loading'
  | 'early'
  | 'meeting'
  | 'ready'
  | 'joining'
  | 'waiting'
  | 'declined'
  | 'elsewhere'
  | 'joined'
  | 'left'
  | 'ended'
  | 'replaced'
  | 'failed';

/**
 * An event of the participant's own media that they did not cause. `muted`, `camera_off`, `unmute_asked` and
 * `share_stopped` come from a host; `share_ended`: the browser ended it, or the participant outside the page;
 * `device_lost`: unplugged; `device_fallback`: unplugged, and another device has taken its place; `camera_undecodable`: another
 * participant's browser can't decode the camera.
 */
export type NoticeKind =
  | 'muted'
  | 'camera_off'
  | 'unmute_asked'
  | 'share_stopped'
  | 'share_ended'
  | 'device_lost'
  | 'device_fallback'
  | 'camera_undecodable';

export interface Notice {
  /** Grows with each notice. */
  readonly id: number;
  readonly kind: NoticeKind;
  /** The display name of the host who did it, if any. */
  readonly by: string | null;
}

/** The part of the state that features may read and change beside their own. */
export interface BaseState {
  readonly phase: VisitPhase;
  readonly self: VisitBootstrap['self'] | null;
  /** This participant as the others see them; null before the join. */
  readonly me: ParticipantView | null;
  readonly room: RoomView;
  readonly notice: Notice | null;
  readonly clockOffset: number;
}

/** Returns whether a participant has a permission. */
export function can(
  self: { readonly permissions: readonly Permission[] } | null,
  permission: Permission,
): boolean {
  return self?.permissions.includes(permission) === true;
}

/** Adds a notice in place of the previous one. */
export function noticed<S extends Pick<BaseState, 'notice'>>(
  state: S,
  kind: NoticeKind,
  by: string | null = null,
): S {
  return { ...state, notice: { id: (state.notice?.id ?? 0) + 1, kind, by } };
}

import type { ParticipantView } from '@televisit/shared/signaling';
import { createContext, type VNode } from 'preact';
import { useContext } from 'preact/hooks';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import type { ToastQueue } from '../components/toast-queue.ts';
import type { Preferences } from './preferences.ts';

/** A modal dialog; `close` removes it. */
export type CallDialog = (close: () => void) => VNode;

/** The values that every part of the call works with. */
export interface CallTools {
  readonly client: VisitClient;
  readonly state: VisitState;
  /** Whether this person may moderate. */
  readonly host: boolean;
  /** Whether this person may send audio and video. */
  readonly publishes: boolean;
  readonly preferences: Preferences;
  readonly prefer: (change: Partial<Preferences>) => void;
  /** The id of the open panel. */
  readonly panel: string | null;
  /** Opens a panel, or closes it if it is open. */
  readonly togglePanel: (id: string) => void;
  readonly closePanel: () => void;
  readonly openDialog: (dialog: CallDialog) => void;
  /** The key of the stage item that this person has pinned. */
  readonly pinned: string | null;
  readonly pin: (key: string | null) => void;
  readonly toasts: ToastQueue;
  /** Shows a notice if a request to the server fails. */
  readonly attempt: (work: Promise<void>) => void;
  /** Null if the browser has no full-screen mode. */
  readonly toggleFullscreen: (() => void) | null;
  readonly fullscreen: boolean;
  /** Null if the browser has no picture-in-picture. */
  readonly togglePictureInPicture: (() => void) | null;
  readonly pictureInPicture: boolean;
  /** Registers the button of an action, so that the focus can return to it. Null removes it. */
  readonly anchor: (actionId: string, button: HTMLButtonElement | null) => void;
}

export const CallContext = createContext<CallTools | null>(null);

/** Returns the tools of the call around the component. */
export function useCall(): CallTools {
  const tools = useContext(CallContext);
  if (!tools) throw new Error('useCall outside of a call');
  return tools;
}

/**
 * Returns all participants, including this person once joined, with the devices as they are here: the server does not
 * report each change of this person's own streams.
 */
export function allParticipants({
  me,
  participants,
  local: { microphone, camera },
}: Pick<VisitState, 'me' | 'participants' | 'local'>): ParticipantView[] {
  if (!me) return [...participants];
  const media = { ...me.media, microphone: microphone.state, camera: camera.state };
  return [...participants, { ...me, media }];
}

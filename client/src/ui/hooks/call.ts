import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ParticipantView } from '@televisit/shared/signaling';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import type { Preferences } from './preferences.ts';
import type { ToastQueue } from '../components/toast-queue.ts';

export type PanelName = 'people' | 'chat' | 'info';
export type DialogName = 'end' | 'settings' | 'shortcuts';

/** What every part of the call works with. */
export interface CallTools {
  readonly client: VisitClient;
  readonly state: VisitState;
  /** Whether this person may moderate. */
  readonly host: boolean;
  readonly publishes: boolean;
  readonly preferences: Preferences;
  readonly prefer: (change: Partial<Preferences>) => void;
  readonly panel: PanelName | null;
  /** Opens a panel, or closes it where it is open. */
  readonly togglePanel: (panel: PanelName) => void;
  readonly closePanel: () => void;
  readonly openDialog: (dialog: DialogName) => void;
  /** The key of the picture that somebody has pinned. */
  readonly pinned: string | null;
  readonly pin: (key: string | null) => void;
  /** Asks before somebody is taken out for good. */
  readonly askToRemove: (person: ParticipantView) => void;
  readonly toasts: ToastQueue;
  /** Says so when something that was asked of the server fails. */
  readonly attempt: (work: Promise<void>) => void;
  readonly toggleShare: () => void;
  readonly toggleHand: () => void;
  /** Null where the browser has none. */
  readonly toggleFullscreen: (() => void) | null;
  readonly fullscreen: boolean;
  /** Null where the browser has none. */
  readonly toggleWindow: (() => void) | null;
  readonly windowOpen: boolean;
}

export const CallContext = createContext<CallTools | null>(null);

export function useCall(): CallTools {
  const tools = useContext(CallContext);
  if (!tools) throw new Error('useCall outside of a call');
  return tools;
}

/** Returns all participants, including this person once joined. */
export function allParticipants({
  me,
  participants,
}: Pick<VisitState, 'me' | 'participants'>): ParticipantView[] {
  return me ? [...participants, me] : [...participants];
}

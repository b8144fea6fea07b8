import type { ParticipantView } from '@televisit/shared/signaling';
import type { FunctionComponent } from 'preact';
import type { VisitClient, VisitPhase, VisitState } from '../../sdk/index.ts';
import type { CallAction } from '../actions/call-action.ts';
import type { MenuEntry } from '../components/menu.tsx';
import type { Toast } from '../components/toast-queue.ts';
import type { CallTools } from '../hooks/call.ts';
import type { CallPanel } from '../panels/call-panel.ts';
import type { StageContent } from '../stage/stage-content.ts';

export interface ScreenProps {
  readonly client: VisitClient;
  readonly state: VisitState;
}

/** Help with the browser: the `steps` that allow camera and microphone in it, or the `link` to open in another one. */
export interface HelpProps {
  readonly client: VisitClient;
  readonly kind: 'steps' | 'link';
}

/** An entry in the menu of another participant. */
export interface PersonAction extends MenuEntry {
  /** Position in the menu, ascending. */
  readonly order: number;
}

/** The additions of a feature to the people panel and to the menus of participants. */
export interface PeopleContribution {
  /** Above the list of participants. */
  readonly Section?: FunctionComponent;
  /** In a participant's row. */
  readonly Indicator?: FunctionComponent<{ readonly person: ParticipantView }>;
  /** In the menu of another participant. */
  readonly actions?: (call: CallTools, person: ParticipantView) => readonly (PersonAction | false)[];
}

/** The user interface of one feature. It loads together with its styles and its texts in every language. */
export interface UiFeature {
  readonly actions?: readonly CallAction[];
  readonly panels?: readonly CallPanel[];
  readonly stage?: readonly StageContent[];
  /** On the tile of a participant, this person's own included. */
  readonly Tile?: FunctionComponent<{ readonly person: ParticipantView }>;
  /** In the header of the call. */
  readonly Header?: FunctionComponent;
  /** A sign that stays in sight during the whole call: in its header, and in the small window, where nothing can be opened. */
  readonly Sign?: FunctionComponent<{ readonly isInWindow: boolean }>;
  /** Over the stage. */
  readonly Overlay?: FunctionComponent;
  /** Between the stage and the toolbar, from which it takes no room. */
  readonly Below?: FunctionComponent;
  readonly people?: PeopleContribution;
  /** Notices to show after a change of state in the call. */
  readonly notices?: (before: VisitState, after: VisitState, client: VisitClient) => readonly Toast[];
  /** Texts that a screen reader says after a change of state in the call. */
  readonly announce?: (before: VisitState, after: VisitState) => readonly string[];
  /** Texts that a screen reader says at once, in every phase. */
  readonly alert?: (before: VisitState, after: VisitState) => readonly string[];
  /** Whole screens, by phase. */
  readonly screens?: Partial<Record<VisitPhase, FunctionComponent<ScreenProps>>>;
  /** Above every screen; in the call below its header. */
  readonly Banner?: FunctionComponent<ScreenProps>;
  /** In the preview above the button to join, and in the waiting room. */
  readonly BeforeCall?: FunctionComponent<ScreenProps>;
  /** Below the explanation of a problem with the browser. */
  readonly Help?: FunctionComponent<HelpProps>;
  /** On the screens after the call. `primary`: it is the main thing to do there. */
  readonly AfterCall?: FunctionComponent<{ readonly client: VisitClient; readonly primary: boolean }>;
}

/** A feature in the list of features: it costs nothing until it is enabled. */
export interface FeatureEntry {
  readonly name: string;
  /** Whether the visit needs the feature. Once loaded it stays. */
  readonly isEnabled: (state: VisitState) => boolean;
  readonly load: () => Promise<UiFeature>;
}

import type { FunctionComponent } from 'preact';
import type { Lazy } from '../hooks/lazy.ts';

/** A panel beside the stage, or below it on a phone. */
export interface CallPanel {
  readonly id: string;
  readonly title: () => string;
  /** The id of the action that opens the panel; its button gets the focus back. */
  readonly opener: string;
  readonly component: Lazy<FunctionComponent>;
}

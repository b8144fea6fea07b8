import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CallAction } from '../actions/call-action.ts';
import type { UiFeature } from '../features/feature.ts';
import type { CallPanel } from '../panels/call-panel.ts';
import type { StageContent } from '../stage/stage-content.ts';
import type { CallTools } from './call.ts';

type Contributions = Pick<UiFeature, 'actions' | 'panels' | 'stage'>;

/** Everything that is registered in the call: by the call itself and by the loaded features. */
export class Registry {
  readonly actions: readonly CallAction[];
  readonly panels: readonly CallPanel[];
  readonly stage: readonly StageContent[];

  constructor(contributions: readonly Contributions[]) {
    this.actions = contributions
      .flatMap(({ actions = [] }) => actions)
      .sort((a, b) => a.placement.order - b.placement.order);
    this.panels = contributions.flatMap(({ panels = [] }) => panels);
    this.stage = contributions.flatMap(({ stage = [] }) => stage);
  }

  /** Returns the actions that are available now, in order. */
  readonly available = (call: CallTools): readonly CallAction[] =>
    this.actions.filter(({ isAvailable }) => isAvailable?.(call) ?? true);

  /** Returns the panel that an action opens. */
  readonly panelOf = (actionId: string): CallPanel | undefined =>
    this.panels.find(({ opener }) => opener === actionId);

  readonly panel = (id: string | null): CallPanel | undefined => this.panels.find((panel) => panel.id === id);
}

export const RegistryContext = createContext(new Registry([]));

export function useRegistry(): Registry {
  return useContext(RegistryContext);
}

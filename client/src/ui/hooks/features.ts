import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { VisitState } from '../../sdk/index.ts';
import type { FeatureEntry, UiFeature } from '../features/feature.ts';

/** Time between attempts to load a feature, in milliseconds. */
const RETRY_MS = 2_000;

/** Time for a call to start before it loads more features, in milliseconds: loading would delay the first frame. */
const CALL_START_MS = 1_000;

/** The features that are loaded. */
export const FeaturesContext = createContext<readonly UiFeature[]>([]);

/** Returns the loaded features, in the order of the list of features. */
export function useFeatures(): readonly UiFeature[] {
  return useContext(FeaturesContext);
}

/** Whether the client prepares the join behind the preview, which comes before loading anything else. */
export function isPreparing({ phase, connection }: Pick<VisitState, 'phase' | 'connection'>): boolean {
  return phase === 'ready' && connection !== 'connected';
}

/** Loads features of `list` as the visit needs them, and returns those that are loaded, in the order of the list. */
export function useFeatureLoader(list: readonly FeatureEntry[], state: VisitState): readonly UiFeature[] {
  const requested = useRef(new Set<FeatureEntry>());
  const [loaded, setLoaded] = useState<ReadonlyMap<FeatureEntry, UiFeature>>(new Map());
  const request = (entry: FeatureEntry) => {
    entry.load().then(
      (feature) => setLoaded((before) => new Map([...before, [entry, feature]])),
      () => setTimeout(request, RETRY_MS, entry),
    );
  };
  useEffect(() => {
    if (isPreparing(state)) return;
    for (const entry of list) {
      if (requested.current.has(entry) || !entry.isEnabled(state)) continue;
      requested.current.add(entry);
      if (state.phase === 'joined') setTimeout(request, CALL_START_MS, entry);
      else request(entry);
    }
  }, [list, state]);
  return useMemo(() => list.flatMap((entry) => loaded.get(entry) ?? []), [list, loaded]);
}

/** A change of state, as one observer has not seen it yet. */
export interface StateChange<O> {
  readonly observer: O;
  readonly before: VisitState;
  readonly after: VisitState;
}

/**
 * Calls `onChange` after every change of state. An observer that is added late gets everything that has changed since the
 * component mounted.
 */
export function useStateChanges<O>(
  state: VisitState,
  observers: readonly O[],
  onChange: (changes: readonly StateChange<O>[]) => void,
): void {
  const first = useRef(state);
  const seen = useRef(new Map<O, VisitState>());
  useEffect(() => {
    const changes = observers.flatMap((observer) => {
      const before = seen.current.get(observer) ?? first.current;
      seen.current.set(observer, state);
      return before === state ? [] : [{ observer, before, after: state }];
    });
    if (changes.length > 0) onChange(changes);
  }, [state, observers]);
}

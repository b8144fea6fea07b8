import { useLayoutEffect, useState } from 'preact/hooks';
import type { VisitClient, VisitState } from '../../sdk/index.ts';

/** Delay before a running join is shown, in milliseconds: most joins are answered sooner. */
const JOINING_INDICATOR_MS = 100;

/** Returns the client's state; the component renders again after every change. */
export function useVisit(client: VisitClient): VisitState {
  const [state, setState] = useState(client.getState());
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = (next: VisitState) => {
      clearTimeout(timer);
      // Rendering the indicator would only delay the frame that comes with the answer.
      if (next.phase === 'joining') timer = setTimeout(() => setState(next), JOINING_INDICATOR_MS);
      else setState(next);
    };
    follow(client.getState());
    const stop = client.subscribe(follow);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client]);
  return state;
}

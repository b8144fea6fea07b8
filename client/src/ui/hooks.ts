import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { VisitClient, VisitState } from '../sdk/index.ts';

/** How long a join may take before the page shows that it runs, in milliseconds: most are answered sooner. */
const JOINING_SIGN_MS = 100;

/** The client's state; every change renders anew. */
export function useVisit(client: VisitClient): VisitState {
  const [state, setState] = useState(client.getState());
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = (next: VisitState) => {
      clearTimeout(timer);
      // Rendering the sign would only delay the picture that comes with the answer.
      if (next.phase === 'joining') timer = setTimeout(() => setState(next), JOINING_SIGN_MS);
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

/** Moves the focus to a screen's heading when the screen appears, so that a screen reader starts there. */
export function useHeadingFocus() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return heading;
}

/** Plays; `onRefused` is called where the browser wants a touch first. */
export function play(player: HTMLMediaElement, onRefused?: () => void): void {
  player.play().catch((error: unknown) => {
    // AbortError means that a newer track took the place of this one.
    if (error instanceof Error && error.name === 'NotAllowedError') onRefused?.();
  });
}

/** Plays a track in an audio or video element. `onRefused` is called where the browser wants a touch first. */
export function usePlayback<E extends HTMLMediaElement>(track: MediaStreamTrack, onRefused?: () => void) {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    const player = element.current;
    if (!player) return;
    const stream = new MediaStream([track]);
    player.srcObject = stream;
    play(player, onRefused);
    return () => {
      // Taking a player apart takes a while, and something new is about to be shown.
      setTimeout(() => {
        if (player.srcObject === stream) player.srcObject = null;
      });
    };
  }, [track]);
  return element;
}

/** The current time in milliseconds, new every second. */
export function useSeconds(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Calls back when the person returns to the page, and when the device is back on the network. */
export function useWake(onWake: () => void): void {
  const latest = useRef(onWake);
  latest.current = onWake;
  useEffect(() => {
    const wake = () => latest.current();
    const seen = () => {
      if (document.visibilityState === 'visible') wake();
    };
    document.addEventListener('visibilitychange', seen);
    addEventListener('online', wake);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('online', wake);
    };
  }, []);
}

import { useLayoutEffect, useRef } from 'preact/hooks';

/** Plays; `onRefused` is called where the browser wants a touch first. */
export function startPlayback(player: HTMLMediaElement, onRefused?: () => void): void {
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
    startPlayback(player, onRefused);
    return () => {
      // Taking a player apart takes a while, and something new is about to be shown.
      setTimeout(() => {
        if (player.srcObject === stream) player.srcObject = null;
      });
    };
  }, [track]);
  return element;
}

import { useLayoutEffect, useRef } from 'preact/hooks';

/** Starts playback. `onBlocked` is called if the browser requires a user gesture first. */
export function startPlayback(player: HTMLMediaElement, onBlocked?: () => void): void {
  player.play().catch((error: unknown) => {
    // AbortError means that a newer track has replaced this one.
    if (error instanceof Error && error.name === 'NotAllowedError') onBlocked?.();
  });
}

/** Plays a track in an audio or video element. `onBlocked` is called if the browser requires a user gesture first. */
export function usePlayback<E extends HTMLMediaElement>(track: MediaStreamTrack, onBlocked?: () => void) {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    const player = element.current;
    if (!player) return;
    const stream = new MediaStream([track]);
    player.srcObject = stream;
    startPlayback(player, onBlocked);
    return () => {
      // Detaching a stream is slow, and must not delay the next render.
      setTimeout(() => {
        if (player.srcObject === stream) player.srcObject = null;
      });
    };
  }, [track]);
  return element;
}

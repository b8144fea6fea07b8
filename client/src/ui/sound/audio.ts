import { useLayoutEffect, useRef } from 'preact/hooks';

let shared: AudioContext | null = null;

/**
 * Returns the page's only AudioContext, for meters and sounds. It runs from the first user gesture on.
 * @throws {DOMException} if the browser has no audio output
 */
export function sharedAudio(): AudioContext {
  shared ??= new AudioContext();
  return shared;
}

/** As `sharedAudio`, but null if the browser has no audio output. */
export function audioOrNull(): AudioContext | null {
  try {
    return sharedAudio();
  } catch {
    return null;
  }
}

/**
 * Unlocks sound for the page; to be called in a click handler. Safari requires immediate playback, so a moment of
 * silence is played.
 */
export function unlockAudio(): void {
  const context = audioOrNull();
  if (!context) return;
  // Safari has the state `interrupted`, after a phone call.
  if (context.state !== 'running') void context.resume().catch(() => undefined);
  const silence = context.createBufferSource();
  silence.buffer = context.createBuffer(1, 1, context.sampleRate);
  silence.connect(context.destination);
  silence.start();
}

/** Whether this browser can play sound on a chosen speaker. */
export function directsSound(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

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

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

let shared: AudioContext | null = null;

/** The page's one AudioContext, for meters and sounds. It runs from the person's first touch on. */
export function sharedAudio(): AudioContext {
  shared ??= new AudioContext();
  return shared;
}

/**
 * Lets the page make sounds from now on; to be called in a click. Safari wants to hear something at once, so a moment of
 * silence is played.
 */
export function unlockAudio(): void {
  const context = sharedAudio();
  // `interrupted` is Safari's own state, after a phone call.
  if (context.state !== 'running') void context.resume().catch(() => undefined);
  const silence = context.createBufferSource();
  silence.buffer = context.createBuffer(1, 1, context.sampleRate);
  silence.connect(context.destination);
  silence.start();
}

/** Whether this browser can send sound to a chosen speaker. */
export function directsSound(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

/** The speeds of the menu; 1 is the original. */
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** What keys do, and what they are called in the list of keys. */
export const KEYS = [
  { keys: [' ', 'k'], does: 'play' },
  { keys: ['ArrowLeft'], does: 'back5' },
  { keys: ['ArrowRight'], does: 'forward5' },
  { keys: ['j'], does: 'back10' },
  { keys: ['l'], does: 'forward10' },
  { keys: ['<'], does: 'slower' },
  { keys: ['>'], does: 'faster' },
  { keys: ['c'], does: 'captions' },
  { keys: ['f'], does: 'fullscreen' },
] as const;
export type PlayerAction = (typeof KEYS)[number]['does'];

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Returns what a key does; null for a key of something else. @param onControl whether it is pressed on a button or in a menu */
export function actionOf(
  { key, ctrlKey, metaKey, altKey }: Pressed,
  onControl: boolean,
): PlayerAction | null {
  if (ctrlKey || metaKey || altKey || (onControl && key === ' ')) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  return KEYS.find(({ keys }) => (keys as readonly string[]).includes(name))?.does ?? null;
}

/** Returns the next slower or faster speed. */
export function nextSpeed(speed: number, step: 1 | -1): number {
  const others = SPEEDS.filter((one) => (one - speed) * step > 0);
  return (step === 1 ? others[0] : others.at(-1)) ?? speed;
}

const SEEKS: Partial<Record<PlayerAction, number>> = { back5: -5, forward5: 5, back10: -10, forward10: 10 };

/** Does to a video what a key stands for. */
export function act(video: HTMLVideoElement, action: PlayerAction): void {
  const seek = SEEKS[action];
  // The browser keeps it within the video.
  if (seek !== undefined) video.currentTime += seek;
  else if (action === 'play') void togglePlaying(video);
  else if (action === 'slower') video.playbackRate = nextSpeed(video.playbackRate, -1);
  else if (action === 'faster') video.playbackRate = nextSpeed(video.playbackRate, 1);
  else if (action === 'captions') toggleCaptions(video);
  else void toggleFullscreen(video);
}

function togglePlaying(video: HTMLVideoElement): Promise<void> | undefined {
  if (video.paused) return video.play().catch(() => undefined);
  video.pause();
  return undefined;
}

function toggleCaptions({ textTracks }: HTMLVideoElement): void {
  for (const track of textTracks) track.mode = track.mode === 'showing' ? 'hidden' : 'showing';
}

async function toggleFullscreen(video: HTMLVideoElement): Promise<void> {
  // Missing on iPhones, although TypeScript's DOM declares it.
  if (!(document as Partial<Document>).fullscreenEnabled) return;
  const done = document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen();
  await done.catch(() => undefined);
}

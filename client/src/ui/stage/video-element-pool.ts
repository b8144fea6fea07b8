import type { RemoteTrack } from '../../sdk/index.ts';

/**
 * Video elements for pictures that nothing shows yet. Each plays out of sight, so that the first picture of somebody is
 * decoded and at hand when a tile is there to show it; one that is set up after it came would wait for the next one.
 */
const waiting = new Map<MediaStreamTrack, HTMLVideoElement>();

/** Has an element ready for each of these that is a picture, and lets go of what is none of them any more. */
export function prepareVideoElements(tracks: readonly RemoteTrack[]): void {
  const pictures = new Set(tracks.filter(({ track }) => track.kind === 'video').map(({ track }) => track));
  for (const [track, player] of waiting) {
    if (pictures.has(track)) continue;
    player.srcObject = null;
    waiting.delete(track);
  }
  for (const track of pictures) if (!known.has(track)) waiting.set(track, newPlayer(track));
}

/** The element that plays a track. Whoever takes it shows it, and gives it back in the end. */
export function takeVideoElement(track: MediaStreamTrack): HTMLVideoElement {
  const player = waiting.get(track) ?? newPlayer(track);
  waiting.delete(track);
  return player;
}

/** The element is not shown any more. It plays on for whoever takes it in the same turn, so that no picture is lost. */
export function returnVideoElement(track: MediaStreamTrack, player: HTMLVideoElement): void {
  player.remove();
  waiting.set(track, player);
  setTimeout(() => {
    if (waiting.get(track) !== player) return;
    waiting.delete(track);
    player.srcObject = null;
  });
}

/** Every track that was ever given an element: one that was taken needs no other one. */
const known = new WeakSet<MediaStreamTrack>();

function newPlayer(track: MediaStreamTrack): HTMLVideoElement {
  known.add(track);
  const player = document.createElement('video');
  // Pictures are always silent: sound has elements of its own.
  player.muted = true;
  player.autoplay = true;
  player.playsInline = true;
  player.srcObject = new MediaStream([track]);
  return player;
}

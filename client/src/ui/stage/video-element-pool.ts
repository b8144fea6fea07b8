import type { RemoteTrack } from '../../sdk/index.ts';

/**
 * Video elements whose tracks no tile shows yet. They play off-screen, so that the first frame is already decoded when a
 * tile takes the element; an element created afterwards would have to wait for the next key frame.
 */
const waiting = new Map<MediaStreamTrack, HTMLVideoElement>();

/** Every track that ever had an element: a track whose element was taken needs no other one. */
const known = new WeakSet<MediaStreamTrack>();

/** Creates an element for every new video track, and drops those of tracks that are gone. */
export function prepareVideoElements(tracks: readonly RemoteTrack[]): void {
  const videos = new Set(tracks.filter(({ track }) => track.kind === 'video').map(({ track }) => track));
  for (const [track, video] of waiting) {
    if (videos.has(track)) continue;
    video.srcObject = null;
    waiting.delete(track);
  }
  for (const track of videos) if (!known.has(track)) waiting.set(track, createElement(track));
}

/** Takes the element of a track. The caller shows it, and returns it in the end. */
export function takeVideoElement(track: MediaStreamTrack): HTMLVideoElement {
  const video = waiting.get(track) ?? createElement(track);
  waiting.delete(track);
  return video;
}

/** Takes back an element. It keeps playing for a caller that takes it in the same turn, so that no frame is lost. */
export function returnVideoElement(track: MediaStreamTrack, video: HTMLVideoElement): void {
  video.remove();
  waiting.set(track, video);
  setTimeout(() => {
    if (waiting.get(track) !== video) return;
    waiting.delete(track);
    video.srcObject = null;
  });
}

function createElement(track: MediaStreamTrack): HTMLVideoElement {
  known.add(track);
  const video = document.createElement('video');
  // Sound has elements of its own.
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  return video;
}

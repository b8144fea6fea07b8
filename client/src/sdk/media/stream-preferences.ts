import type { ParticipantView, Payload } from '@televisit/shared/signaling';
import type { MediaMode } from '../network/degradation-policy.ts';
import type { RemoteTrack } from './incoming-media.ts';

/** A picture that the page shows now. */
export interface View {
  readonly userId: string;
  readonly source: 'camera' | 'screen';
  /** In device pixels; 0 for a hidden one. */
  readonly width: number;
}

type Preference = Payload<'consumer:prefer'>['consumers'][number];
type Stream = Pick<RemoteTrack, 'consumerId' | 'userId' | 'source'>;
type Wanted = Omit<Preference, 'consumerId'>;

/** How long changes of the layout are batched, in milliseconds. */
const GATHER_MS = 100;

const TOP_LAYER = 2;
/** Widths up to which simulcast layers 0 and 1 suffice, in device pixels: a third and a half of 1280. */
const WIDTHS = [424, 640] as const;

/** The preference of a consumer until another one is sent. */
const DEFAULT_PREFERENCE: Wanted = { visible: true, spatialLayer: TOP_LAYER };

/** Returns the smallest simulcast layer that fills a picture of this width, in device pixels. */
export function layerFor(width: number): number {
  const layer = WIDTHS.findIndex((most) => width <= most);
  return layer === -1 ? TOP_LAYER : layer;
}

/**
 * Returns the preference for a picture. A picture without a view is new and counts as shown in full; of several views the
 * largest counts.
 */
export function wantedOf(stream: Stream, views: readonly View[], mode: MediaMode): Wanted {
  const { userId, source } = stream;
  const own = views.filter((view) => view.userId === userId && view.source === source);
  const width = own.length === 0 ? Infinity : Math.max(...own.map((view) => view.width));
  if (source === 'screen') return { visible: width > 0 && mode !== 'audio_only', spatialLayer: TOP_LAYER };
  const visible = width > 0 && (mode === 'full' || mode === 'reduced');
  // In the mode `reduced` too: the server sends the layer that the line carries, and a larger one as soon as it does again.
  return { visible, spatialLayer: layerFor(width) };
}

/** Returns whether packets of a stream can be expected: its participant is connected and sends it, and a picture is shown. */
export function isExpected(
  stream: Stream,
  participants: readonly ParticipantView[],
  views: readonly View[],
  mode: MediaMode,
): boolean {
  const participant = participants.find(({ userId }) => userId === stream.userId);
  if (!participant?.connected || participant.media[stream.source] !== 'on') return false;
  const isPicture = stream.source === 'camera' || stream.source === 'screen';
  return !isPicture || wantedOf(stream, views, mode).visible;
}

/** Sends the server the preference for each picture, if it has changed. */
export class StreamPreferences {
  readonly #send: (preferences: Preference[]) => void;
  readonly #sent = new Map<string, Wanted>();
  #streams: readonly Stream[] = [];
  #views: readonly View[] = [];
  #mode: MediaMode = 'full';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(send: (preferences: Preference[]) => void) {
    this.#send = send;
  }

  /** Sets the streams of the others; preferences for new ones are sent by `flush()`, before they run. */
  setStreams(streams: readonly Stream[]): void {
    this.#streams = streams.filter(({ source }) => source === 'camera' || source === 'screen');
    const ids = new Set(this.#streams.map(({ consumerId }) => consumerId));
    for (const id of this.#sent.keys()) if (!ids.has(id)) this.#sent.delete(id);
  }

  /** Sets the streams that the page shows; sent a moment later, because layouts often change several times in a row. */
  setViews(views: readonly View[]): void {
    this.#views = views;
    if (!this.#closed) this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  setMode(mode: MediaMode): void {
    this.#mode = mode;
    this.flush();
  }

  /** Sends the preferences that have changed, if any. */
  flush(): void {
    this.#sendIf(
      ({ sent, wanted }) => wanted.visible !== sent.visible || wanted.spatialLayer !== sent.spatialLayer,
    );
  }

  /** Sends all preferences again: the last ones may have been lost with a connection. */
  resend(): void {
    this.#sendIf(() => true);
  }

  #sendIf(isDue: (one: { readonly sent: Wanted; readonly wanted: Wanted }) => boolean): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes: Preference[] = [];
    for (const stream of this.#streams) {
      const { consumerId } = stream;
      const sent = this.#sent.get(consumerId) ?? DEFAULT_PREFERENCE;
      const { visible, spatialLayer } = wantedOf(stream, this.#views, this.#mode);
      // The layer of a hidden picture has no effect.
      const wanted = { visible, spatialLayer: visible ? spatialLayer : sent.spatialLayer };
      if (!isDue({ sent, wanted })) continue;
      this.#sent.set(consumerId, wanted);
      changes.push({ consumerId, ...wanted });
    }
    if (changes.length > 0) this.#send(changes);
  }

  /** Idempotent; nothing is sent afterwards. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

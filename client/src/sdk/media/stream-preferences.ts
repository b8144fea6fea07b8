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

/** How long changes of the layout are gathered, in milliseconds. */
const GATHER_MS = 100;

const TOP_LAYER = 2;
/** Up to this width, in device pixels, a simulcast layer is as good as the next one: a quarter of 1280, a half of it. */
const WIDTHS = [320, 640] as const;

/** What a consumer has before anything is said of it. */
const AT_FIRST: Wanted = { visible: true, spatialLayer: TOP_LAYER };

/** The smallest simulcast layer that fills a picture of this width, in device pixels. */
export function layerFor(width: number): number {
  const layer = WIDTHS.findIndex((most) => width <= most);
  return layer === -1 ? TOP_LAYER : layer;
}

/**
 * What is wanted of a picture. One that the page has said nothing of is new, and shown; where it is shown twice the
 * larger one counts.
 */
export function wantedOf(stream: Stream, views: readonly View[], mode: MediaMode): Wanted {
  const { userId, source } = stream;
  const own = views.filter((view) => view.userId === userId && view.source === source);
  const width = own.length === 0 ? Infinity : Math.max(...own.map((view) => view.width));
  if (source === 'screen') return { visible: width > 0 && mode !== 'audio_only', spatialLayer: TOP_LAYER };
  const visible = width > 0 && (mode === 'full' || mode === 'reduced');
  return { visible, spatialLayer: mode === 'reduced' ? 0 : layerFor(width) };
}

/** Whether packets of a stream are to be expected: somebody is there and has it on, and a picture is looked at. */
export function isExpected(
  stream: Stream,
  people: readonly ParticipantView[],
  views: readonly View[],
  mode: MediaMode,
): boolean {
  const person = people.find(({ userId }) => userId === stream.userId);
  if (!person?.connected || person.media[stream.source] !== 'on') return false;
  const isPicture = stream.source === 'camera' || stream.source === 'screen';
  return !isPicture || wantedOf(stream, views, mode).visible;
}

/** Tells the server what the page shows of each picture, as far as it does not know. */
export class StreamPreferences {
  readonly #send: (preferences: Preference[]) => void;
  readonly #told = new Map<string, Wanted>();
  #streams: readonly Stream[] = [];
  #views: readonly View[] = [];
  #mode: MediaMode = 'full';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(send: (preferences: Preference[]) => void) {
    this.#send = send;
  }

  /** Everything that comes from others; what is wanted of new ones is told by `tell()`, before they run. */
  setStreams(streams: readonly Stream[]): void {
    this.#streams = streams.filter(({ source }) => source === 'camera' || source === 'screen');
    const ids = new Set(this.#streams.map(({ consumerId }) => consumerId));
    for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id);
  }

  /** What the page shows, told a moment later: a layout seldom changes once. */
  setViews(views: readonly View[]): void {
    this.#views = views;
    if (!this.#closed) this.#timer ??= setTimeout(() => this.tell(), GATHER_MS);
  }

  setMode(mode: MediaMode): void {
    this.#mode = mode;
    this.tell();
  }

  /** Tells at once what the server doesn't know yet, if there is anything. */
  tell(): void {
    this.#tell(
      ({ told, wanted }) => wanted.visible !== told.visible || wanted.spatialLayer !== told.spatialLayer,
    );
  }

  /** Tells everything anew: what was told last may have been lost with a connection. */
  tellAgain(): void {
    this.#tell(() => true);
  }

  #tell(isNews: (one: { readonly told: Wanted; readonly wanted: Wanted }) => boolean): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changes: Preference[] = [];
    for (const stream of this.#streams) {
      const { consumerId } = stream;
      const told = this.#told.get(consumerId) ?? AT_FIRST;
      const { visible, spatialLayer } = wantedOf(stream, this.#views, this.#mode);
      // The layer of a hidden picture is of no use to anybody.
      const wanted = { visible, spatialLayer: visible ? spatialLayer : told.spatialLayer };
      if (!isNews({ told, wanted })) continue;
      this.#told.set(consumerId, wanted);
      changes.push({ consumerId, ...wanted });
    }
    if (changes.length > 0) this.#send(changes);
  }

  /** Idempotent; nothing is told afterwards. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** A simulcast video of one receiver, for the distribution of its bandwidth. */
export interface LayeredStream {
  /** The highest layer that the page displays. */
  readonly wanted: number;
  /** The layer that it is limited to now. */
  readonly current: number;
  /** The bitrates of its layers with all frames, in bit/s, the lowest layer first. */
  readonly bitrates: readonly number[];
}

/** How much more bandwidth than its cost a higher layer needs, and a layer in use may exceed the bandwidth by. */
const MARGIN_UP = 1.12;
const MARGIN_DOWN = 1.05;

/**
 * Returns the layer for each stream so that all of them have all frames within a bandwidth, in bit/s: a smaller picture that
 * moves is worth more than a larger one that does not (EN 301 549, 6.5). Streams rise in turn, the given order first, and
 * none falls or rises for a small difference. The lowest layer is always allowed.
 */
export function distributeLayers(streams: readonly LayeredStream[], bandwidth: number): number[] {
  const layers = streams.map(() => 0);
  const cost = (index: number, layer: number) => streams[index]?.bitrates[layer] ?? Infinity;
  let spent = streams.reduce((sum, _, index) => sum + cost(index, 0), 0);
  for (let layer = 1; streams.some(({ wanted }) => wanted >= layer); layer++) {
    for (const [index, stream] of streams.entries()) {
      if (stream.wanted < layer || layers[index] !== layer - 1) continue;
      const next = spent - cost(index, layer - 1) + cost(index, layer);
      const margin = layer > stream.current ? MARGIN_UP : 1 / MARGIN_DOWN;
      if (next * margin > bandwidth) continue;
      layers[index] = layer;
      spent = next;
    }
  }
  return layers;
}

/** The bandwidths that pictures need, in bit/s, with everything else that is sent. */
export interface BandwidthNeeds {
  /**
   * With all frames of the lowest layer of each stream or, if there is bandwidth for that, with one more layer of one stream; 0 if all
   * have what the page displays.
   */
  readonly wanted: number;
  /** With all that the page displays. */
  readonly most: number;
}

/**
 * Returns what the streams need.
 * @param available what there is for everything, and `reserved` for what is not in `streams`, in bit/s
 */
export function bandwidthNeeds(
  streams: readonly LayeredStream[],
  { available, reserved }: { readonly available: number; readonly reserved: number },
): BandwidthNeeds {
  const cost = ({ bitrates }: LayeredStream, layer: number) => bitrates[layer] ?? 0;
  const sum = (layerOf: (stream: LayeredStream) => number) =>
    streams.reduce((total, stream) => total + cost(stream, layerOf(stream)), 0);
  const withMargin = (bandwidth: number) => bandwidth * MARGIN_UP * 1.01 + reserved;
  const most = withMargin(sum(({ wanted }) => wanted));
  const lowest = sum(() => 0) + reserved;
  if (streams.length > 0 && available < lowest) return { wanted: lowest, most };
  const steps = streams
    .filter(({ current, wanted }) => current < wanted)
    .map((stream) => cost(stream, stream.current + 1) - cost(stream, stream.current));
  const present = sum(({ current, wanted }) => Math.min(current, wanted));
  return { wanted: steps.length === 0 ? 0 : withMargin(present + Math.min(...steps)), most };
}

import { rowsOf } from '../network/transport-stats.ts';
import type { StatsSource } from './stats.ts';

/** Returns the ids of the consumers of video of which the browser reports that it has not decoded a frame yet. */
export async function consumersWithoutFrame(
  session: Pick<StatsSource, 'incoming'> | null,
): Promise<ReadonlySet<string>> {
  const videos = session?.incoming.consumers().filter(({ kind }) => kind === 'video') ?? [];
  const found = await Promise.all(
    videos.map(async (consumer) => {
      const report = await consumer.getStats().catch(() => null);
      const isWithout = rowsOf(report, 'inbound-rtp').some(({ framesDecoded }) => framesDecoded === 0);
      return isWithout ? [consumer.id] : [];
    }),
  );
  return new Set(found.flat());
}

import type { QualityPoint } from '../domain/observation-store.ts';
import { seatIndex } from '../domain/session.ts';
import type { RoomContext } from './room-part.ts';

/** Returns how well the media of each person in a call arrives now. Those whose connection has dropped are left out. */
export function qualityPoints({ members, session, clock }: RoomContext): readonly QualityPoint[] {
  const at = clock.now();
  return [...members.participants].flatMap(({ userId, connection, participation }) => {
    const seat = seatIndex(session, userId);
    if (!connection || !participation || seat < 0) return [];
    const { sent, received } = participation.media.scores;
    return [{ seat, at, network: participation.network, sent, received }];
  });
}

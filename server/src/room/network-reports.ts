import type { Payload } from '@televisit/shared/signaling';
import type { Clock } from '../core/clock.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import type { MemberConnection } from './member-connection.ts';
import type { Member } from './member.ts';
import type { Handlers, RoomContext, RoomObserver, RoomPart } from './room-part.ts';

/** The figures of one page count at most this often; an honest page sends them every 15 s, and when its level changes. */
const FIGURES = { perSecond: 1 / 10, burst: 3 };
/** A picture that takes longer is no longer waited for, in milliseconds. */
const MAX_FIRST_FRAME_MS = 120_000;

/** The reports of pages about their network. */
export class NetworkReports implements RoomPart {
  readonly #room: RoomContext;
  readonly #clock: Clock;
  readonly #observer: RoomObserver | undefined;
  readonly #limits = new WeakMap<MemberConnection, TokenBucket>();

  constructor(room: RoomContext, observer: RoomObserver | undefined) {
    this.#room = room;
    this.#clock = room.clock;
    this.#observer = observer;
  }

  readonly handlers: Handlers<'network:report'> = {
    'network:report': ({ connection, member }, report) => {
      const isNew = connection.network !== report.level;
      connection.network = report.level;
      connection.media?.setRelayed(report.relayed === true);
      if (member.connection !== connection) return null;
      const { participation } = member;
      // A waiting member has no participation, but the hosts see the network of the page that waits.
      if (participation ? participation.setNetwork(report.level) : isNew) this.#room.changed(member);
      if (participation && this.#allows(connection)) this.#observe(member, report);
      return null;
    },
  };

  #allows(connection: MemberConnection): boolean {
    const known = this.#limits.get(connection);
    const limit = known ?? new TokenBucket(FIGURES, this.#clock);
    if (!known) this.#limits.set(connection, limit);
    return limit.take();
  }

  #observe({ participation }: Member, { rttMs, lossPercent, firstFrameMs }: Payload<'network:report'>): void {
    const rtt = rttMs == null ? null : rttMs / 1000;
    const loss = lossPercent == null ? null : lossPercent / 100;
    this.#observer?.network({ rtt, loss });
    if (firstFrameMs === undefined || !participation?.takeFirstFrame()) return;
    if (firstFrameMs <= MAX_FIRST_FRAME_MS) this.#observer?.firstFrame(firstFrameMs / 1000);
  }
}

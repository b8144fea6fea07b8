/** The timing of a join so far, in milliseconds by `performance.now()`. */
export interface JoinTimes {
  readonly clickAt: number | null;
  readonly ackAt: number | null;
  readonly firstFrameAt: number | null;
  /** Number of messages with awaited answers between the click and the first frame. */
  readonly awaitedMessages: number | null;
}

const NONE: JoinTimes = { clickAt: null, ackAt: null, firstFrameAt: null, awaitedMessages: null };

/** Measures a join from the click to the first remote picture, with marks for the browser's own tools. */
export class JoinMetrics {
  #times: JoinTimes = NONE;
  #awaitedBefore = 0;

  get times(): JoinTimes {
    return this.#times;
  }

  /** Time from the click to the first remote picture, in milliseconds; undefined before that picture. */
  get firstFrameMs(): number | undefined {
    const { clickAt, firstFrameAt } = this.#times;
    return firstFrameAt === null ? undefined : Math.round(firstFrameAt - (clickAt ?? 0));
  }

  click(awaitedMessages: number): void {
    this.#awaitedBefore = awaitedMessages;
    this.#times = { ...NONE, clickAt: mark('join-click') };
  }

  ack(): void {
    if (this.#times.clickAt === null || this.#times.ackAt !== null) return;
    this.#times = { ...this.#times, ackAt: mark('join-ack') };
  }

  /** The page has painted a remote picture; only the first call after a join counts. */
  firstFrame(awaitedMessages: number): void {
    if (this.#times.ackAt === null || this.#times.firstFrameAt !== null) return;
    this.#times = {
      ...this.#times,
      firstFrameAt: mark('first-remote-frame'),
      awaitedMessages: awaitedMessages - this.#awaitedBefore,
    };
  }
}

function mark(name: string): number {
  return performance.mark(`televisit:${name}`).startTime;
}

import type { JoinFailureStage } from '@televisit/shared/console.vocabulary';
import type { ErrorCode } from '@televisit/shared/errors';
import type { NetworkLevel } from '@televisit/shared/vocabulary';

/** An attempt to join that was refused. It refers to the person by seat index, like the history. */
export interface JoinFailure {
  readonly failureId: string;
  readonly sessionId: string;
  /** Null if the person has no seat. */
  readonly seat: number | null;
  readonly stage: JoinFailureStage;
  readonly code: ErrorCode;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The position of a failure in a list. */
export type FailurePosition = Pick<JoinFailure, 'at' | 'failureId'>;

/** A filter for lists of failures. Fields that are not set match every failure. */
export interface FailureFilter {
  readonly sessionId?: string;
  readonly code?: ErrorCode;
}

/** How well the media of a person arrived at one moment. */
export interface QualityPoint {
  readonly seat: number;
  readonly at: number;
  /** As the person's page judges its network; null if it has not said. */
  readonly network: NetworkLevel | null;
  /** mediasoup's score, 0 to 10; null if nothing is sent. */
  readonly sent: number | null;
  readonly received: number | null;
}

/** The number of failures kept of a session, the latest ones. */
export const MAX_FAILURES = 100;

/**
 * Stores what operators see of visits beside their history: refused attempts to join, and quality over time. Both are bounded
 * for each session and deleted with it. Every adapter passes the same contract suite (`test/contract/observations.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface ObservationStore {
  /** Stores a failure, and deletes the oldest of its session beyond `MAX_FAILURES`. */
  addFailure(failure: JoinFailure): Promise<void>;
  /** Returns up to `limit` failures after a position, newest first. */
  failures(filter: FailureFilter, limit: number, after?: FailurePosition): Promise<readonly JoinFailure[]>;
  /** Adds points of a session, and deletes the oldest of each of these seats beyond `MAX_QUALITY_POINTS`. */
  addQuality(sessionId: string, points: readonly QualityPoint[]): Promise<void>;
  /** Returns the points of a session by time. */
  quality(sessionId: string): Promise<readonly QualityPoint[]>;
  /** Deletes what was observed of one seat. */
  deleteSeat(sessionId: string, seat: number): Promise<void>;
}

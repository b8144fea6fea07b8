import { TelevisitError } from '@televisit/shared/errors';
import { change } from '../../domain/change.ts';
import type { Actor } from '../../domain/events.ts';
import { actorOf, requireSeat, type ActorRef } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import type { SessionChange } from '../../domain/session-store.ts';
import type { Feedback, Session } from '../../domain/session.ts';

/** What a person thought of a visit. */
export type GivenFeedback = Pick<Feedback, 'rating' | 'comment'>;

/** Records the feedback of a participant, once, also after the visit. @throws {TelevisitError} `feedback_given` */
export function giveFeedback(
  session: Session,
  seat: number,
  { rating, comment }: GivenFeedback,
  by: Actor,
  now: number,
): SessionChange {
  if (session.feedback.some((given) => given.seat === seat)) throw new TelevisitError('feedback_given');
  const feedback = [...session.feedback, { seat, rating, comment, at: now }];
  return change(session, { feedback }, now, by, { type: 'feedback.submitted', seat, rating });
}

/**
 * Records the feedback of a participant: a command for `Sessions.apply`.
 * @throws {TelevisitError} `participant_not_found`, `feedback_given`
 */
export function feedbackCommand(userId: string, feedback: GivenFeedback, by: ActorRef): Command {
  return (session, now) =>
    giveFeedback(session, requireSeat(session, userId), feedback, actorOf(session, by), now);
}

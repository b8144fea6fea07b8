import { TelevisitError } from '@televisit/shared/errors';
import type { FeedbackView } from '@televisit/shared/features/feedback';
import { iso } from '../../core/clock.ts';
import { change } from '../../domain/change.ts';
import type { Actor } from '../../domain/events.ts';
import { actorOf, requireSeat, type ActorRef } from '../../domain/people.ts';
import { meanOf } from '../../domain/report.ts';
import type { Command } from '../../domain/session-changes.ts';
import type { SessionChange } from '../../domain/session-store.ts';
import type { Feedback, Session } from '../../domain/session.ts';

/** A person's feedback on a visit. */
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

/** Returns feedback as the API shows it. */
export function feedbackView(session: Session, { seat, rating, comment, at }: Feedback): FeedbackView {
  return { userId: session.seats[seat]?.userId ?? '', rating, comment, givenAt: iso(at) };
}

/** Returns all feedback of a session, with the mean of the ratings. */
export function feedbackReport(session: Session) {
  const ratings = session.feedback.map(({ rating }) => rating);
  return {
    meanRating: ratings.length === 0 ? null : meanOf(ratings),
    feedback: session.feedback.map((given) => feedbackView(session, given)),
  };
}

/** Returns the feedback of the person in a seat; null if they gave none. */
export function feedbackOf(session: Session, seat: number) {
  const given = session.feedback.find((one) => one.seat === seat);
  return given ? { rating: given.rating, comment: given.comment, givenAt: iso(given.at) } : null;
}

import type { ParticipantView } from '@televisit/shared/signaling';

type Hand = Pick<ParticipantView, 'userId' | 'handRaisedAt'>;

/** Returns the participants with a raised hand, the first to raise it first. */
export function raisedHands<P extends Hand>(people: readonly P[]): P[] {
  return people
    .filter(({ handRaisedAt }) => handRaisedAt !== null)
    .sort((a, b) => Date.parse(a.handRaisedAt ?? '') - Date.parse(b.handRaisedAt ?? ''));
}

/** Returns a participant's place among the raised hands, from 1; null while the hand is down. */
export function handOrder(people: readonly Hand[], userId: string): number | null {
  const index = raisedHands(people).findIndex((person) => person.userId === userId);
  return index === -1 ? null : index + 1;
}

import type { ConsentPurpose } from '@televisit/shared/features/recording.vocabulary';
import type { Consent, Session } from './session.ts';

/** Returns the last answer of a person, if there is one. */
export function answerOf({ consents }: Session, seat: number, purpose: string): Consent | undefined {
  return consents.find((one) => one.seat === seat && one.purpose === purpose);
}

/** Whether a person agreed to a purpose; null before their answer. */
export function consentOf(session: Session, seat: number, purpose: ConsentPurpose): boolean | null {
  return answerOf(session, seat, purpose)?.given ?? null;
}

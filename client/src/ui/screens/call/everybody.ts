import type { ParticipantView } from '@televisit/shared/signaling';
import type { VisitState } from '../../../sdk/index.ts';

/** Everybody in the visit, oneself among them. */
export function everybody({ me, participants }: Pick<VisitState, 'me' | 'participants'>): ParticipantView[] {
  return me ? [...participants, me] : [...participants];
}

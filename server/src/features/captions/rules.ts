import type { CaptionsView } from '@televisit/shared/features/captions';
import type { CaptionsProblem } from '@televisit/shared/features/captions.vocabulary';
import { permissionsOf } from '@televisit/shared/vocabulary';
import { consentOf } from '../../domain/consents.ts';
import { isOver, type Session } from '../../domain/session.ts';

/** Rules of captions and of the consent to them. Pure functions. */

/** The language of speech if nobody said which one it is. */
const DEFAULT_LANGUAGE = 'en';

/** How long automatic captions of a person pause after one that a human wrote, in milliseconds. */
export const HUMAN_HOLD_MS = 30_000;

/** What a room knows beside the stored session. */
export interface Situation {
  /** The seats of the people who are in the call. */
  readonly present: ReadonlySet<number>;
  /** Whether any of them has turned captions on. */
  readonly isWatched: boolean;
}

/** Whether what a person says may become text. */
export function mayBeCaptioned(session: Session, seat: number): boolean {
  return hasCaptions(session) && consentOf(session, seat, 'captions') === true;
}

/** Whether captions are wanted, so that people are asked for their consent. */
export function areWanted(session: Session, isWatched: boolean): boolean {
  return hasCaptions(session) && (isWatched || session.options.captions === 'required');
}

/** Returns the seats whose speech is to be transcribed now. */
export function captionedSeats(session: Session, { present, isWatched }: Situation): ReadonlySet<number> {
  if (!areWanted(session, isWatched)) return new Set();
  return new Set([...present].filter((seat) => isHeard(session, seat) && mayBeCaptioned(session, seat)));
}

/** Returns the language that a person speaks (BCP 47). */
export function spokenLanguage({ options, seats }: Session, seat: number): string {
  return options.captionLanguage ?? seats[seat]?.language ?? options.language ?? DEFAULT_LANGUAGE;
}

/** Returns the language (BCP 47) of the speech that the page of a person is to transcribe now; null if it is to transcribe nothing. */
export function ownSpeech(session: Session, seat: number, situation: Situation): string | null {
  const isWanted = isMadeOnDevices(session) && captionedSeats(session, situation).has(seat);
  return isWanted ? spokenLanguage(session, seat) : null;
}

/** Whether pages transcribe their own person, and the server nobody. */
export function isMadeOnDevices({ options }: Session): boolean {
  return options.captionsMadeOn === 'device';
}

/** Whether two tags are of the same language, whatever the region. */
export function isSameLanguage(one: string, other: string): boolean {
  return primary(one) === primary(other);
}

/** Whether an automatic caption is to be shown although a human may be writing. */
export function mayShowAutomatic(humanAt: number | undefined, now: number): boolean {
  return humanAt === undefined || now - humanAt >= HUMAN_HOLD_MS;
}

/** What a server can do, and what it can't at the moment. */
export interface Engines {
  /** Whether the server has an engine. */
  readonly automatic: boolean;
  readonly translation: boolean;
  /** The worst problem of those who are to be transcribed. */
  readonly problem: CaptionsProblem | null;
}

/** Returns the captions as the person in a seat sees them. */
export function viewOf(
  session: Session,
  seat: number,
  situation: Situation,
  { automatic, translation, problem }: Engines,
): CaptionsView {
  const others = [...situation.present].filter((one) => one !== seat && isHeard(session, one));
  const state = stateOf(session, situation, problem);
  return {
    mode: session.options.captions,
    state,
    problem: state === 'failed' ? problem : null,
    automatic: automatic || isMadeOnDevices(session),
    ownSpeech: ownSpeech(session, seat, situation),
    translation,
    consent: consentOf(session, seat, 'captions'),
    uncaptioned: others.filter((one) => !mayBeCaptioned(session, one)).length,
  };
}

function stateOf(
  session: Session,
  situation: Situation,
  problem: CaptionsProblem | null,
): CaptionsView['state'] {
  if (!areWanted(session, situation.isWatched)) return 'off';
  if (captionedSeats(session, situation).size === 0) return 'waiting';
  return problem === null ? 'on' : 'failed';
}

/** Another provider, and a visit that is over, have no captions. */
function hasCaptions(session: Session): boolean {
  return session.options.captions !== 'off' && session.provider === 'sfu' && !isOver(session);
}

/** Whether a person has a microphone in the visit; observers have none. */
function isHeard({ seats }: Session, seat: number): boolean {
  const role = seats[seat]?.role;
  return role !== undefined && permissionsOf(role).includes('publish');
}

function primary(language: string): string {
  return (language.split('-', 1)[0] ?? '').toLowerCase();
}

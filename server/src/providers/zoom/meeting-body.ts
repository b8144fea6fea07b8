import type { MeetingPlan } from '../meeting-provider.ts';

/** What participants see as the name of the meeting: nothing about the visit. */
const TOPIC = 'Video visit';
const SCHEDULED = 2;
/** `approval_type`: participants need no registration, or are approved as soon as they are registered. */
export const NO_REGISTRATION = 2;
export const AUTOMATIC_APPROVAL = 0;
/** Longest duration of a meeting, in minutes. */
const LONGEST_MINUTES = 1440;

/**
 * Returns the text with which the agenda of a plan's meeting begins. It finds a meeting again whose creation was not
 * answered, because Zoom takes no idempotency key; lists return the first 250 characters of an agenda.
 */
export function markerOf({ sessionId, generation }: Pick<MeetingPlan, 'sessionId' | 'generation'>): string {
  return `televisit:${sessionId}:${generation}`;
}

/** What follows the marker in the agenda of a meeting that was ended. */
const ENDED = ' ended';
const ENDED_AGENDA = new RegExp(`^televisit:[^ ]+${ENDED}`);

/** Whether the meeting with an agenda was ended by this server, so that its host is free. */
export function isEnded(agenda: string): boolean {
  return ENDED_AGENDA.test(agenda);
}

/** Whether the meeting with an agenda is that of a plan. */
export function isMeetingOf(agenda: string, plan: Pick<MeetingPlan, 'sessionId' | 'generation'>): boolean {
  const marker = markerOf(plan);
  // The marker of generation 1 begins that of generation 10.
  return agenda.startsWith(marker) && !/^\d/.test(agenda.slice(marker.length));
}

/** Returns when a plan's meeting takes place, in milliseconds: a meeting that is created late begins now. */
export function timesOf(plan: MeetingPlan, now: number): { start: number; end: number } {
  const start = Math.max(plan.scheduledAt, now);
  return { start, end: start + minutesOf(plan) * 60_000 };
}

/**
 * Returns the body of `POST /users/{userId}/meetings`. Meetings that begin at once are of the scheduled type too, because
 * instant ones cannot be moved and let nobody in before the host.
 * @param canRegister whether the host's licence permits registration
 */
export function creationBody(plan: MeetingPlan, now: number, canRegister: boolean) {
  return {
    ...commonBody(plan),
    type: SCHEDULED,
    start_time: zoomTime(timesOf(plan, now).start),
    // Zoom makes a passcode if the account demands one.
    default_password: true,
    settings: {
      ...entrySettings(plan.waitingRoom),
      approval_type: canRegister ? AUTOMATIC_APPROVAL : NO_REGISTRATION,
      use_pmi: false,
      private_meeting: true,
      meeting_authentication: false,
      auto_recording: 'none',
      // People hear of the visit from this server only.
      email_notification: false,
      alternative_hosts_email_notification: false,
      registrants_confirmation_email: false,
      registrants_email_notification: false,
    },
  };
}

/** Returns the body of `PATCH /meetings/{meetingId}`; Zoom ignores a time in the past. */
export function updateBody(plan: MeetingPlan, now: number) {
  return {
    ...commonBody(plan),
    ...(plan.scheduledAt > now ? { start_time: zoomTime(plan.scheduledAt) } : {}),
    settings: entrySettings(plan.waitingRoom),
  };
}

/**
 * Returns the body that closes a meeting after it was ended: only its host could start it again. The meeting itself stays,
 * because records are looked up by its id.
 */
export function closingBody(plan: MeetingPlan) {
  return { agenda: `${markerOf(plan)}${ENDED}`, settings: entrySettings(true) };
}

function commonBody(plan: MeetingPlan) {
  return {
    topic: TOPIC,
    agenda: `${markerOf(plan)}\nManaged by Televisit: changes made here are overwritten.`,
    timezone: plan.timeZone,
    duration: minutesOf(plan),
  };
}

/** A waiting room and joining before the host exclude each other. */
function entrySettings(waitingRoom: boolean) {
  return waitingRoom
    ? { waiting_room: true, join_before_host: false }
    : { waiting_room: false, join_before_host: true, jbh_time: 0 };
}

function minutesOf({ durationMinutes }: MeetingPlan): number {
  return Math.min(LONGEST_MINUTES, Math.max(1, Math.ceil(durationMinutes)));
}

/** Formats a time as Zoom documents it: UTC, in whole seconds. */
export function zoomTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

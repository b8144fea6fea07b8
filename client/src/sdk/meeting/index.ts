/** The parts of the SDK for visits at other providers, which load only with such a visit. */
export { MeetingSession } from './meeting-session.ts';
export { newMeeting } from './provider-meeting.ts';

import type { MeetingPlan, MeetingRef } from '../meeting-provider.ts';

/**
 * The meetings of Jitsi servers, your own or those of JaaS: a room exists while people are in it, so nothing is created, and the token
 * in a link names the room and the window.
 */
export abstract class JitsiRooms {
  create({ roomName }: MeetingPlan): Promise<MeetingRef> {
    // Names of rooms are parts of XMPP addresses, which are in lower case.
    return Promise.resolve({ meetingId: roomName.toLowerCase(), hostId: null, data: {} });
  }

  /** Links carry the plan. */
  update(meeting: MeetingRef): Promise<MeetingRef> {
    return Promise.resolve(meeting);
  }

  /** No further links are issued; the server that opens rooms asks whether a visit takes place, so earlier ones open none. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  /** There are no records. */
  attendance(): Promise<null> {
    return Promise.resolve(null);
  }
}

import type { MeetingPerson, MeetingPlan, MeetingRef } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { ZoomMeetings } from './zoom-meetings.ts';
import type { ZoomUsers } from './zoom-users.ts';

/** The prefix of keys of a meeting's `data`: the Zoom user of a host beside the one who owns the meeting. */
const PREFIX = 'host:';

/**
 * Lets the other hosts of a visit host as Zoom users of their own: as alternative hosts of the meeting, who enter with their
 * own token (ZAK). Only licensed users can be alternative hosts. What Zoom refuses is left out: such a host enters as the
 * owner of the meeting.
 */
export class ZoomCoHosts {
  readonly #users: ZoomUsers;
  readonly #meetings: ZoomMeetings;

  constructor(users: ZoomUsers, meetings: ZoomMeetings) {
    this.#users = users;
    this.#meetings = meetings;
  }

  /** Makes the hosts of a plan alternative hosts. @returns the meeting with what `addressFor` needs */
  async admit(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    const others = Object.entries(meeting.data).filter(([key]) => !key.startsWith(PREFIX));
    const known = Object.entries(meeting.data).filter(([key]) => key.startsWith(PREFIX));
    try {
      const wanted = await this.#usersOf(plan.people, meeting.hostId, signal);
      const isSame = wanted.length === known.length && wanted.every(([key, id]) => meeting.data[key] === id);
      if (isSame) return meeting;
      const ids = [...new Set(wanted.map(([, id]) => id))];
      await this.#meetings.setAlternativeHosts(meeting.meetingId, ids, signal);
      return { ...meeting, data: Object.fromEntries([...others, ...wanted]) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      // The meeting is there for all of them, which must not be lost.
      return meeting;
    }
  }

  /**
   * Returns the address by which a host enters as their own Zoom user; null if they enter as the owner.
   * @param startUrl the owner's address
   */
  async addressFor(
    meeting: MeetingRef,
    person: MeetingPerson,
    startUrl: string,
    signal: AbortSignal,
  ): Promise<{ readonly url: string; readonly zoomUserId: string } | null> {
    const zoomUserId = this.userOf(meeting, person);
    if (zoomUserId === null) return null;
    try {
      const { token } = await this.#users.zak(zoomUserId, signal);
      const url = new URL(startUrl);
      url.searchParams.set('zak', token);
      return { url: url.href, zoomUserId };
    } catch (error) {
      // Without the scope, or if the user is gone.
      if (error instanceof ProviderError && !error.isTemporary) return null;
      throw error;
    }
  }

  /** Returns the id of a host’s own Zoom user; null if the host enters as the owner of the meeting. */
  userOf({ data }: MeetingRef, { userId }: MeetingPerson): string | null {
    return data[PREFIX + userId] ?? null;
  }

  /** Returns the Zoom users of the hosts beside the owner, by their keys in `data`. */
  async #usersOf(
    people: readonly MeetingPerson[],
    ownerId: string | null,
    signal: AbortSignal,
  ): Promise<readonly (readonly [key: string, id: string])[]> {
    const hosts = people.filter(({ isHost }) => isHost);
    // The only host enters as the owner in any case.
    if (hosts.length < 2) return [];
    const found: (readonly [string, string])[] = [];
    for (const { userId, email } of hosts) {
      const user = email === null ? null : await this.#users.find(email, signal);
      if (user?.isActive && user.isLicensed && user.id !== ownerId) found.push([PREFIX + userId, user.id]);
    }
    return found;
  }
}

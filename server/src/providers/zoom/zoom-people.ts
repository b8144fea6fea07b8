import { z } from 'zod';
import type { MeetingLink, MeetingPerson, MeetingPlan, MeetingRef } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import { zoomPath, type ZoomApi } from './zoom-api.ts';
import type { ZoomMeeting } from './zoom-meetings.ts';

/** Zoom's limit for names. */
const MAX_NAME = 64;
/** The name of a person whose name is not shared; Zoom demands one. */
const GUEST = 'Guest';

/** Keys of a meeting's `data`: the id and the address of a person's registration. */
const referenceKey = (userId: string) => `person:${userId}`;
const addressKey = (userId: string) => `join:${userId}`;

const registrationSchema = z.object({ registrant_id: z.string().min(1), join_url: z.url().optional() });

/** Registers people for a meeting: each has an address of their own, by which webhooks and records name them. */
export class ZoomPeople {
  readonly #api: ZoomApi;
  readonly #domain: string;

  /** @param domain of the e-mail addresses under which people are registered */
  constructor(api: ZoomApi, domain: string) {
    this.#api = api;
    this.#domain = domain;
  }

  /** Returns the address of a guest: that of a registration if possible, otherwise the one that all guests share. */
  async link(
    meeting: MeetingRef,
    current: ZoomMeeting,
    person: MeetingPerson,
    signal: AbortSignal,
  ): Promise<MeetingLink> {
    const registered = meeting.data[addressKey(person.userId)];
    if (registered !== undefined) return addressed(registered);
    const registration = current.takesRegistrants
      ? await this.#register(current.id, person, signal).catch(unlessRefused)
      : null;
    if (registration?.join_url === undefined) return addressed(current.joinUrl);
    const { registrant_id: id, join_url: url } = registration;
    return {
      ...addressed(url),
      remember: { [referenceKey(person.userId)]: id, [addressKey(person.userId)]: url },
    };
  }

  /** Cancels the registrations of people who are no longer in the plan. @returns the meeting without their addresses */
  async removeOthers(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    const invited = new Set(plan.people.map(({ userId }) => addressKey(userId)));
    const removed = Object.keys(meeting.data).filter((key) => key.startsWith('join:') && !invited.has(key));
    if (removed.length === 0) return meeting;
    const registrants = removed.flatMap((key) => {
      const id = meeting.data[referenceKey(key.slice('join:'.length))];
      return id === undefined ? [] : [{ id }];
    });
    await this.#api
      .send({
        method: 'PUT',
        path: zoomPath('meetings', meeting.meetingId, 'registrants', 'status'),
        json: { action: 'cancel', registrants },
        signal,
      })
      .catch(unlessRefused);
    const data = Object.fromEntries(Object.entries(meeting.data).filter(([key]) => !removed.includes(key)));
    return { ...meeting, data };
  }

  /** Zoom takes three registrations a day for an address, so the result is remembered. */
  #register(id: string, { alias, displayName }: MeetingPerson, signal: AbortSignal) {
    return this.#api.call(
      {
        method: 'POST',
        path: zoomPath('meetings', id, 'registrants'),
        json: { email: `${alias}@${this.#domain}`, first_name: nameOf(displayName) },
        signal,
      },
      registrationSchema,
    );
  }
}

/** Returns what a meeting's `data` keeps of the host, whom webhooks name by the id of the Zoom user. */
export function rememberHost(userId: string, hostId: string): Readonly<Record<string, string>> {
  return { [referenceKey(userId)]: hostId };
}

function nameOf(displayName: string | null): string {
  const name = displayName?.trim().slice(0, MAX_NAME) ?? '';
  return name === '' ? GUEST : name;
}

function addressed(url: string): MeetingLink {
  return { entry: { kind: 'address', url, expiresAt: null } };
}

/** A person without a registration can enter, so only failures that concern the meeting count. */
function unlessRefused(error: unknown): null {
  const isRefused =
    error instanceof ProviderError && ['refused', 'misconfigured', 'limited'].includes(error.kind);
  if (!isRefused) throw error;
  return null;
}

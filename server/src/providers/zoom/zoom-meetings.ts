import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { MeetingPlan } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import {
  AUTOMATIC_APPROVAL,
  closingBody,
  creationBody,
  isEnded,
  isMeetingOf,
  updateBody,
} from './meeting-body.ts';
import { zoomPath, type ZoomApi } from './zoom-api.ts';
import { hasCode, ZOOM_CODES } from './zoom-error.ts';

/** Ids have ten and more digits. */
export const meetingId = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => /^\d{1,20}$/.test(text));

const meetingSchema = z.object({
  id: meetingId,
  uuid: z.string(),
  host_id: z.string(),
  status: z.string().default('waiting'),
  join_url: z.url(),
  /** Admits as the host for two hours. */
  start_url: z.url().optional(),
  password: z.string().default(''),
  settings: z.object({ approval_type: z.number().optional() }).default({}),
});

const rowSchema = z.object({
  id: meetingId,
  uuid: z.string().default(''),
  host_id: z.string().optional(),
  agenda: z.string().default(''),
  start_time: z.string().optional(),
  created_at: z.string().optional(),
  duration: z.number().default(0),
});

/** A meeting as Zoom stores it. */
export interface ZoomMeeting {
  readonly id: string;
  /** Of the current or next time that it runs; each has its own. */
  readonly uuid: string;
  readonly hostId: string;
  readonly isRunning: boolean;
  readonly joinUrl: string;
  readonly startUrl: string | null;
  /** Clients of the Meeting SDK need it; addresses contain it. Empty if there is none. */
  readonly password: string;
  /** Whether people enter by a registration of their own. */
  readonly takesRegistrants: boolean;
}

/** A meeting of a host in a list. Times are milliseconds since the Unix epoch. */
export interface ListedMeeting {
  readonly id: string;
  readonly uuid: string;
  readonly agenda: string;
  readonly start: number;
  readonly end: number;
  readonly createdAt: number;
}

/** The meetings of the Zoom account; https://developers.zoom.us/docs/api/meetings/. */
export class ZoomMeetings {
  readonly #api: ZoomApi;
  readonly #clock: Clock;

  constructor(api: ZoomApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** @throws {ProviderError} also if Zoom may have created the meeting, in which case `find` returns it */
  async create(
    plan: MeetingPlan,
    host: { readonly id: string; readonly isLicensed: boolean },
    signal: AbortSignal,
  ): Promise<ZoomMeeting> {
    const meeting = await this.#api.call(
      {
        method: 'POST',
        path: zoomPath('users', host.id, 'meetings'),
        json: creationBody(plan, this.#clock.now(), host.isLicensed),
        signal,
      },
      meetingSchema,
    );
    return asMeeting(meeting);
  }

  /** @throws {ProviderError} `missing` */
  async get(id: string, signal: AbortSignal): Promise<ZoomMeeting> {
    return asMeeting(
      await this.#api.call({ method: 'GET', path: zoomPath('meetings', id), signal }, meetingSchema),
    );
  }

  /** Returns the meetings of a host that were not ended by this server, also those of the last weeks. */
  async ofHost(userId: string, signal: AbortSignal): Promise<readonly ListedMeeting[]> {
    const rows = await this.#api.list(
      { path: zoomPath('users', userId, 'meetings'), query: { type: 'scheduled' }, signal },
      'meetings',
      rowSchema,
    );
    return rows.flatMap((row) => {
      const start = Date.parse(row.start_time ?? '');
      // Meetings without a fixed time recur, and are not of this server.
      if (Number.isNaN(start) || isEnded(row.agenda)) return [];
      const end = start + row.duration * 60_000;
      const createdAt = Date.parse(row.created_at ?? '') || 0;
      return [{ id: row.id, uuid: row.uuid, agenda: row.agenda, start, end, createdAt }];
    });
  }

  /** Returns the meeting of a plan among those of a host; null if there is none. */
  async find(plan: MeetingPlan, userId: string, signal: AbortSignal): Promise<ListedMeeting | null> {
    return (await this.ofHost(userId, signal)).find(({ agenda }) => isMeetingOf(agenda, plan)) ?? null;
  }

  /** Changes a meeting to a plan. A running one keeps its plan if Zoom does not let it change. @throws {ProviderError} */
  async update(id: string, plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    const path = zoomPath('meetings', id);
    try {
      await this.#api.send({ method: 'PATCH', path, json: updateBody(plan, this.#clock.now()), signal });
    } catch (error) {
      // 3000 stands for many reasons.
      if (!hasCode(error, ZOOM_CODES.refused) || !(await this.get(id, signal)).isRunning) throw error;
    }
  }

  /** Replaces the users who may start and host a meeting beside its host; all must be licensed. @throws {ProviderError} */
  setAlternativeHosts(id: string, userIds: readonly string[], signal: AbortSignal): Promise<void> {
    const json = { settings: { alternative_hosts: userIds.join(';') } };
    return this.#api.send({ method: 'PATCH', path: zoomPath('meetings', id), json, signal });
  }

  /** Deletes a meeting; ends it first if it runs. A missing one counts as deleted. */
  async delete(id: string, signal: AbortSignal): Promise<void> {
    const request = {
      method: 'DELETE' as const,
      path: zoomPath('meetings', id),
      query: { schedule_for_reminder: 'false', cancel_meeting_reminder: 'false' },
      signal,
    };
    try {
      await this.#api.send(request);
    } catch (error) {
      if (isMissing(error)) return;
      if (!hasCode(error, ZOOM_CODES.running)) throw error;
      await this.#stop(id, signal)
        .then(() => this.#api.send(request))
        .catch(unlessMissing);
    }
  }

  /** Ends a meeting for all and closes it. A missing one counts as ended. */
  async end(id: string, plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    try {
      await this.#stop(id, signal);
      await this.#api.send({
        method: 'PATCH',
        path: zoomPath('meetings', id),
        json: closingBody(plan),
        signal,
      });
    } catch (error) {
      if (isMissing(error)) return;
      // An update counts against the host's 100 a day, a deletion does not.
      if (!(error instanceof ProviderError) || error.kind !== 'limited') throw error;
      await this.#api.send({ method: 'DELETE', path: zoomPath('meetings', id), signal }).catch(unlessMissing);
    }
  }

  /** Ends the current run of a meeting, if it runs. */
  async #stop(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.send({
        method: 'PUT',
        path: zoomPath('meetings', id, 'status'),
        json: { action: 'end' },
        signal,
      });
    } catch (error) {
      if (!hasCode(error, ZOOM_CODES.refused, ZOOM_CODES.noMeeting)) throw error;
      if ((await this.get(id, signal)).isRunning) throw error;
    }
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'missing';
}

function unlessMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function asMeeting(meeting: z.infer<typeof meetingSchema>): ZoomMeeting {
  return {
    id: meeting.id,
    uuid: meeting.uuid,
    hostId: meeting.host_id,
    isRunning: meeting.status === 'started',
    joinUrl: meeting.join_url,
    startUrl: meeting.start_url ?? null,
    password: meeting.password,
    takesRegistrants: meeting.settings.approval_type === AUTOMATIC_APPROVAL,
  };
}

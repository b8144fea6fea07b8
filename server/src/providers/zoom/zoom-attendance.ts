import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Attendee, MeetingRecord, MeetingRef } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import { uuidSegment, zoomPath, type ZoomApi } from './zoom-api.ts';
import { isMissing } from './zoom-meetings.ts';

/** Records that are not complete after this time are taken as they are, in milliseconds. */
const COMPLETE_AFTER_MS = 30 * 60_000;

const text = z.union([z.string(), z.number()]).transform(String);
const time = z.string().transform((value) => Date.parse(value));
const instanceSchema = z.object({ uuid: z.string().min(1) });
const detailsSchema = z.object({ uuid: z.string(), start_time: time, end_time: time });
const rowSchema = z.object({
  id: text.default(''),
  user_id: text.default(''),
  name: z.string().default(''),
  registrant_id: z.string().default(''),
  user_email: z.string().default(''),
  join_time: time,
  leave_time: time.optional(),
  /** In seconds; 0 until Zoom has computed it. */
  duration: z.number().default(0),
  status: z.string().default('in_meeting'),
});
type Row = z.infer<typeof rowSchema>;

/** Returns the id of a person's stay; both parts are new each time. @param uuid of the run of the meeting */
export function stayId(uuid: string, participantId: string): string {
  return `${uuid}/${participantId}`;
}

/** Returns a person as events and records name them: by registration or Zoom user, e-mail address, and name. */
export function attendee(known: {
  readonly reference: string;
  readonly email: string;
  readonly name: string;
}): Attendee {
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== ''));
}

/** Reads who attended the past runs of a meeting. */
export class ZoomAttendance {
  readonly #api: ZoomApi;
  readonly #clock: Clock;

  constructor(api: ZoomApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Returns a record of each past run; null if Zoom has none yet, or the plan of the account includes none. */
  async of(meeting: MeetingRef, signal: AbortSignal): Promise<readonly MeetingRecord[] | null> {
    const records: MeetingRecord[] = [];
    for (const uuid of await this.#runs(meeting, signal)) {
      const details = await this.#details(uuid, signal);
      if (details === null) continue;
      const rows = await this.#rows(uuid, signal);
      if (rows === null || this.#isTooEarly(rows, details.end_time)) return null;
      records.push({
        startedAt: details.start_time,
        endedAt: details.end_time,
        stays: rows.filter(({ status }) => status !== 'in_waiting_room').map((row) => stayOf(uuid, row)),
      });
    }
    return records.sort((a, b) => a.startedAt - b.startedAt);
  }

  /** Returns the UUIDs of the runs; by its id, a meeting has only the latest one. */
  async #runs({ meetingId, data }: MeetingRef, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const path = zoomPath('past_meetings', meetingId, 'instances');
    const schema = z.object({ meetings: z.array(instanceSchema).default([]) });
    const listed = await this.#api
      .call({ method: 'GET', path, signal }, schema)
      .then(({ meetings }) => meetings.map(({ uuid }) => uuid))
      .catch(unlessUnknown([]));
    // A deleted meeting has no list any more; the first run is known from its creation.
    return new Set(data.uuid === undefined ? listed : [...listed, data.uuid]);
  }

  #details(uuid: string, signal: AbortSignal) {
    return this.#api
      .call({ method: 'GET', path: zoomPath('past_meetings', uuidSegment(uuid)), signal }, detailsSchema)
      .catch(unlessUnknown(null));
  }

  /** The list of participants is empty if only one person came; the report, which counts more against limits, is not. */
  async #rows(uuid: string, signal: AbortSignal): Promise<readonly Row[] | null> {
    const rows = await this.#list('past_meetings', uuid, signal);
    if (rows !== null && rows.length > 0) return rows;
    return (await this.#list('report/meetings', uuid, signal)) ?? rows;
  }

  #list(kind: 'past_meetings' | 'report/meetings', uuid: string, signal: AbortSignal) {
    const path = zoomPath(...kind.split('/'), uuidSegment(uuid), 'participants');
    const query = { include_fields: 'registrant_id' };
    return this.#api.list({ path, query, signal }, 'participants', rowSchema).catch(unlessRefused);
  }

  #isTooEarly(rows: readonly Row[], endedAt: number): boolean {
    const isComplete = rows.every(({ duration, leave_time: left }) => duration > 0 && left !== undefined);
    return !isComplete && this.#clock.now() - endedAt < COMPLETE_AFTER_MS;
  }
}

function stayOf(uuid: string, row: Row): MeetingRecord['stays'][number] {
  const reference = row.registrant_id || row.id;
  return {
    id: stayId(uuid, row.user_id || `${reference || row.name}@${row.join_time}`),
    person: attendee({ reference, email: row.user_email, name: row.name }),
    joinedAt: row.join_time,
    leftAt: row.leave_time ?? null,
  };
}

/** Returns a value instead of what Zoom does not have. */
function unlessUnknown<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (!isMissing(error)) throw error;
    return value;
  };
}

/** Plans without records and meetings of more than a year ago are refused. */
function unlessRefused(error: unknown): null {
  if (!(error instanceof ProviderError) || error.isTemporary) throw error;
  return null;
}

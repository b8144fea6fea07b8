import { z } from 'zod';
import { chunksOf } from '../../core/lists.ts';
import type { Attendee, MeetingRecord } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { GoogleApi, Scope } from './google-api.ts';

/** RFC 3339, with up to nine digits behind the second. */
const time = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((ms) => !Number.isNaN(ms));

const conference = z.object({
  name: z.string(),
  space: z.string(),
  startTime: time,
  endTime: time.optional(),
});
const user = z.object({ displayName: z.string().optional() }).optional();
const participant = z.object({ name: z.string(), signedinUser: user, anonymousUser: user, phoneUser: user });
const session = z.object({ name: z.string(), startTime: time, endTime: time.optional() });

export type Conference = z.infer<typeof conference>;
export type ParticipantSession = z.infer<typeof session>;
type Participant = z.infer<typeof participant>;

const CONFERENCE_PAGE = 100;
const PARTICIPANT_PAGE = 250;
/** The number of people whose sessions are read at once. */
const AT_ONCE = 4;
/** The end of any list, so that a provider that answers with the same page again and again cannot keep us busy. */
const MAX_PAGES = 40;

/** The records of conferences of the Google Meet API, v2. Google deletes them 30 days after a conference. */
export class MeetRecords {
  readonly #api: GoogleApi;
  readonly #url: string;
  readonly #scope: Scope;

  constructor(api: GoogleApi, url: string, scope: Scope) {
    this.#api = api;
    this.#url = url;
    this.#scope = scope;
  }

  /**
   * Returns who attended each conference, the earliest first.
   * @param filter in the language of conferenceRecords.list, such as `space.name = "spaces/abc"`
   */
  async list(filter: string, signal: AbortSignal): Promise<readonly MeetingRecord[]> {
    const query = `?pageSize=${CONFERENCE_PAGE}&filter=${encodeURIComponent(filter)}`;
    const found = await this.#pages('conferenceRecords', query, 'conferenceRecords', conference, signal);
    const records: MeetingRecord[] = [];
    for (const one of found) records.push(await this.#record(one, signal));
    return records.sort((left, right) => left.startedAt - right.startedAt);
  }

  /** @param name `conferenceRecords/…` @throws {ProviderError} `missing` */
  conference(name: string, signal: AbortSignal): Promise<Conference> {
    return this.#get(name, conference, signal);
  }

  /** @param name `conferenceRecords/…/participants/…` @throws {ProviderError} `missing` */
  async person(name: string, signal: AbortSignal): Promise<Attendee> {
    return personOf(await this.#get(name, participant, signal));
  }

  /** @param name `conferenceRecords/…/participants/…/participantSessions/…` @throws {ProviderError} `missing` */
  session(name: string, signal: AbortSignal): Promise<ParticipantSession> {
    return this.#get(name, session, signal);
  }

  /** Reads records without keeping them, to learn whether the API can be used. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.#read('conferenceRecords?pageSize=1', signal);
  }

  async #record({ name, startTime, endTime }: Conference, signal: AbortSignal): Promise<MeetingRecord> {
    const query = `?pageSize=${PARTICIPANT_PAGE}`;
    const people = await this.#pages(`${name}/participants`, query, 'participants', participant, signal);
    const stays: MeetingRecord['stays'][number][] = [];
    for (const part of chunksOf(people, AT_ONCE)) {
      const lists = await Promise.all(
        part.map(async (person) => {
          const path = `${person.name}/participantSessions`;
          const sessions = await this.#pages(path, query, 'participantSessions', session, signal);
          return sessions.map((one) => ({
            id: one.name,
            person: personOf(person),
            joinedAt: one.startTime,
            // Nobody is left in a conference that has ended.
            leftAt: one.endTime ?? endTime ?? null,
          }));
        }),
      );
      stays.push(...lists.flat());
    }
    stays.sort((left, right) => left.joinedAt - right.joinedAt);
    return { startedAt: startTime, endedAt: endTime ?? null, stays };
  }

  async #pages<Item extends z.ZodType>(
    path: string,
    query: string,
    key: string,
    item: Item,
    signal: AbortSignal,
  ): Promise<z.infer<Item>[]> {
    const page = z.object({ [key]: z.array(item).default([]), nextPageToken: z.string().optional() });
    const items: z.infer<Item>[] = [];
    let token = '';
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const at = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
      const parsed = page.safeParse(await this.#read(`${path}${query}${at}`, signal));
      if (!parsed.success) throw unreadable();
      items.push(...(parsed.data[key] as z.infer<Item>[]));
      token = (parsed.data.nextPageToken as string | undefined) ?? '';
      if (token === '') break;
    }
    return items;
  }

  async #get<Item extends z.ZodType>(name: string, item: Item, signal: AbortSignal): Promise<z.infer<Item>> {
    const parsed = item.safeParse(await this.#read(name, signal));
    if (!parsed.success) throw unreadable();
    return parsed.data;
  }

  async #read(path: string, signal: AbortSignal): Promise<unknown> {
    const url = `${this.#url}/${path}`;
    const { body } = await this.#api.call({ method: 'GET', url, scope: this.#scope, signal });
    return body;
  }
}

function unreadable(): ProviderError {
  return new ProviderError('refused', 'Google Meet answered in an unknown form');
}

/**
 * Returns what is known of a participant: only the name that they have at Google or typed in. A caller's name is a part of their
 * phone number, which fits nobody.
 */
function personOf({ signedinUser, anonymousUser }: Participant): Attendee {
  const name = (signedinUser ?? anonymousUser)?.displayName?.trim();
  return name ? { name } : {};
}

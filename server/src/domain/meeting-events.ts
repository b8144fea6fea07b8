/** A person in events and records of a provider, by whatever it knows. */
export interface Attendee {
  /** Our user id. */
  readonly userId?: string;
  /** A value of the meeting's `data` under the key `person:<userId>`, such as the id of a registrant. */
  readonly reference?: string;
  readonly email?: string;
  readonly name?: string;
}

/** One stay of a person in a meeting: the same id in the event of joining, that of leaving, and in records. */
export interface Stay {
  readonly id: string;
  readonly person: Attendee;
}

/** An event of a meeting, in the terms of the domain. `at` is when it happened by the provider's clock, in milliseconds. */
export type MeetingEvent = {
  /** The same for every delivery of the event. */
  readonly key: string;
  readonly meetingId: string;
  readonly at: number;
} & (
  | { readonly type: 'started' }
  /** Everyone has left. The visit is not over: people may come back until its window closes. */
  | { readonly type: 'emptied' }
  | { readonly type: 'joined' | 'left'; readonly stay: Stay }
  /** Exactly these stays are in the meeting at that moment. */
  | { readonly type: 'present'; readonly stays: readonly string[] }
);

/** One run of a meeting with those who attended, from the records of the provider. */
export interface MeetingRecord {
  /** Null while the meeting runs. */
  readonly endedAt: number | null;
  readonly startedAt: number;
  /** Whether it only says who is in at `startedAt`, so that all others have left; the stays have joined by then. */
  readonly isSnapshot?: boolean;
  readonly stays: readonly (Stay & { readonly joinedAt: number; readonly leftAt: number | null })[];
}

/** Returns the events that a record stands for. Events that webhooks reported before come twice, which changes nothing. */
export function eventsOfRecord(
  meetingId: string,
  { startedAt, endedAt, isSnapshot = false, stays }: MeetingRecord,
): readonly MeetingEvent[] {
  const key = (kind: string, id: string, at: number) => `record:${kind}:${id}:${at}`;
  const people = stays.flatMap(({ id, person, joinedAt, leftAt }): MeetingEvent[] => {
    const stay = { id, person };
    const joined: MeetingEvent = {
      key: key('joined', id, joinedAt),
      meetingId,
      at: joinedAt,
      type: 'joined',
      stay,
    };
    if (leftAt === null) return [joined];
    return [joined, { key: key('left', id, leftAt), meetingId, at: leftAt, type: 'left', stay }];
  });
  if (isSnapshot) {
    const ids = stays.map(({ id }) => id);
    return [
      ...people,
      { key: key('present', meetingId, startedAt), meetingId, at: startedAt, type: 'present', stays: ids },
    ];
  }
  const run: MeetingEvent[] = [
    { key: key('started', meetingId, startedAt), meetingId, at: startedAt, type: 'started' },
  ];
  if (endedAt !== null) {
    run.push({ key: key('emptied', meetingId, endedAt), meetingId, at: endedAt, type: 'emptied' });
  }
  return [...run, ...people];
}

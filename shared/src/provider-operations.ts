import { z } from 'zod';
import { personParams, role, sessionParams, utcTime } from './core/fields.ts';
import { MEETING_STATES, PROVIDER_IDS, type MeetingState, type ProviderId, type Role } from './vocabulary.ts';

const provider = z.enum(PROVIDER_IDS);

const providerCheck = z.strictObject({
  name: z.string().meta({ description: 'What was checked.' }),
  ok: z.boolean().meta({ description: 'Whether it passed.' }),
  detail: z.string().meta({ description: 'What was found, without secrets.' }),
  remedy: z.string().optional().meta({ description: 'What the operator can do about a failure.' }),
});

export const providerView = z
  .strictObject({
    provider: provider.meta({ description: 'The name of the provider.' }),
    available: z.boolean().meta({ description: 'Whether new sessions are given to it at the moment.' }),
    capabilities: z
      .strictObject({
        roles: z
          .enum(['enforced', 'host-only', 'none'])
          .meta({ description: 'Whether it holds people to their role.' }),
        waitingRoom: z
          .boolean()
          .meta({ description: 'Whether guests can be held until a host lets them in.' }),
        liveAttendance: z
          .enum(['own', 'webhook', 'poll'])
          .meta({ description: 'How the server learns who is in while the visit runs.' }),
        records: z
          .boolean()
          .meta({ description: 'Whether it has records of who attended, to read afterwards.' }),
        identity: z
          .enum(['exact', 'registrant', 'name'])
          .meta({ description: 'How exactly it tells people apart.' }),
        endMeeting: z.boolean().meta({ description: 'Whether the server can end a running meeting there.' }),
        idempotentCreate: z
          .boolean()
          .meta({ description: 'Whether a repeated request cannot create a second meeting.' }),
        created: z
          .enum(['booking', 'window'])
          .meta({ description: 'Whether it is called at booking, or shortly before the join window opens.' }),
        entry: z.enum(['own', 'address', 'credentials']).meta({
          description: 'How people get in: our own call, an address there, or credentials for its SDK.',
        }),
      })
      .meta({ description: 'What it can do.' }),
    checkedAt: utcTime.nullable().meta({ description: 'When it was last checked; null if it never was.' }),
    checks: z.array(providerCheck).meta({ description: 'The results of the last check.' }),
  })
  .meta({ id: 'Provider' });
export type ProviderView = z.infer<typeof providerView>;

const providerList = z
  .strictObject({
    providers: z
      .array(providerView)
      .meta({ description: 'The configured providers, in the order of fallback.' }),
  })
  .meta({ id: 'ProviderList' });

/** What the join page shows of a visit that another provider carries. */
export const meetingView = z
  .strictObject({
    provider: provider.meta({ description: 'What carries the visit now.' }),
    state: z
      .enum(MEETING_STATES)
      .meta({ description: 'Whether it can be opened; `own` if this server carries it.' }),
    status: z.string().meta({ description: 'The state of the visit.' }),
    startedAt: utcTime.nullable().meta({ description: 'When the first person came.' }),
    endedAt: utcTime.nullable().meta({ description: 'When the visit ended.' }),
    endReason: z.string().nullable().meta({ description: 'Why the visit is over.' }),
    closesAt: utcTime.meta({ description: 'The time until which people may enter.' }),
    people: z
      .array(
        z.strictObject({
          userId: z.string().meta({ description: 'Your own id of the person.' }),
          role,
          displayName: z.string().nullable().meta({ description: 'The name that others in the visit see.' }),
          present: z.boolean().meta({ description: 'Whether the provider reports the person as in.' }),
          hasLeft: z.boolean().meta({ description: 'Whether the person has been in and is not any more.' }),
          account: z.string().optional().meta({
            description: 'By which name the provider’s SDK knows the person, if it is not their id.',
          }),
        }),
      )
      .meta({ description: 'The people who may be in the visit.' }),
    strangers: z.int().meta({ description: 'The number of people in the meeting that match no seat.' }),
    token: z.string().nullable().meta({
      description:
        'A join token to use from now on, shortly before that of the request expires; otherwise null.',
    }),
  })
  .meta({ id: 'Meeting' });

/** `meetingView` with the types that the schema cannot express. */
export interface MeetingView {
  readonly provider: ProviderId;
  readonly state: MeetingState;
  readonly status: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly closesAt: string;
  readonly people: readonly {
    readonly userId: string;
    readonly role: Role;
    readonly displayName: string | null;
    readonly present: boolean;
    readonly hasLeft: boolean;
    readonly account?: string;
  }[];
  readonly strangers: number;
  readonly token: string | null;
}

const credentials = z
  .record(z.string(), z.string())
  .meta({ description: 'For the provider’s SDK. Treat them as secrets.' });
const expiresAt = utcTime
  .nullable()
  .meta({ description: 'When the entry expires; null if the provider does not say.' });

/** How a person enters now: by `url`, by `credentials`, or, if the provider is `sfu`, by joining here. */
export const meetingEntry = z
  .strictObject({
    provider: provider.meta({ description: 'What carries the visit now; it may have changed.' }),
    url: z.string().nullable().meta({ description: 'The address to open. Treat it as a secret.' }),
    credentials: credentials.nullable(),
    expiresAt,
  })
  .meta({ id: 'MeetingEntry' });
export type MeetingEntryView = z.infer<typeof meetingEntry>;

const sdkCredentials = z
  .strictObject({
    provider: provider.meta({ description: 'What carries the visit.' }),
    credentials,
    expiresAt,
  })
  .meta({ id: 'MeetingCredentials' });

/** The operations of other meeting providers, by operationId. */
export const PROVIDER_OPERATIONS = {
  listProviders: {
    method: 'get',
    path: '/providers',
    tag: 'Providers',
    summary: 'List the configured meeting providers with their capabilities and last checks',
    access: 'internal',
    query: z.strictObject({}),
    answers: { 200: { description: 'The providers', schema: providerList } },
    errors: [],
  },
  createMeetingCredentials: {
    method: 'post',
    path: '/sessions/{sessionId}/participants/{userId}/credentials',
    tag: 'Providers',
    summary: 'Create credentials with which your own app brings a person into the visit at its provider',
    description:
      'For apps that embed the provider’s SDK: an Agora token, a Zoom Meeting SDK signature. They are not stored.',
    access: 'internal',
    params: personParams,
    answers: { 200: { description: 'The credentials', schema: sdkCredentials } },
    errors: [
      'session_not_found',
      'participant_not_found',
      'removed',
      'not_open_yet',
      'session_over',
      'no_credentials',
      'meeting_not_ready',
      'provider_unavailable',
      'conflict',
    ],
    repeatable: true,
    minTimeoutMs: 15_000,
  },
  getMeeting: {
    method: 'get',
    path: '/api/v1/visits/{sessionId}/meeting',
    tag: 'Join page',
    summary: 'Read who is in a visit that another provider carries',
    access: 'join_token',
    params: sessionParams,
    answers: { 200: { description: 'The meeting', schema: meetingView } },
    errors: ['session_not_found', 'removed'],
  },
  openMeeting: {
    method: 'post',
    path: '/api/v1/visits/{sessionId}/meeting/open',
    tag: 'Join page',
    summary: 'Get the personal way into a visit that another provider carries',
    description:
      'Call it when the person is about to enter: a provider that cannot be reached is replaced by the next one, unless ' +
      'people are in the meeting there.',
    access: 'join_token',
    params: sessionParams,
    answers: { 200: { description: 'The way in', schema: meetingEntry } },
    errors: [
      'session_not_found',
      'removed',
      'not_open_yet',
      'session_over',
      'meeting_not_ready',
      'provider_unavailable',
      'conflict',
    ],
    repeatable: true,
    minTimeoutMs: 15_000,
  },
  endMeeting: {
    method: 'post',
    path: '/api/v1/visits/{sessionId}/meeting/end',
    tag: 'Join page',
    summary: 'End a visit that another provider carries, as a host',
    access: 'join_token',
    params: sessionParams,
    answers: { 200: { description: 'The meeting as it is now', schema: meetingView } },
    errors: ['session_not_found', 'removed', 'forbidden', 'session_closed', 'conflict'],
  },
} as const;

import { z } from 'zod';
import {
  time,
  ZoomRefusal,
  type DoubleMeeting,
  type DoubleRun,
  type DoubleUser,
  type ZoomDoubleAccount,
} from './zoom-double-account.ts';

export interface ZoomCall {
  readonly account: ZoomDoubleAccount;
  readonly now: number;
  /** The segments of the path that a route names, decoded once. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** Status and body; null for 204. */
type Answer = readonly [status: number, body: unknown];

export interface ZoomRoute {
  readonly method: string;
  readonly path: RegExp;
  readonly scope: string;
  readonly handle: (call: ZoomCall) => Answer;
}

const NONE: Answer = [204, null];

/** UTC in whole seconds, the only form in which Zoom documents times with a zone. */
const startTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const entrySettings = {
  waiting_room: z.boolean(),
  join_before_host: z.boolean(),
  jbh_time: z.literal([0, 5, 10, 15]).optional(),
};
const planFields = {
  topic: z.string().min(1).max(200),
  agenda: z.string().max(2000),
  timezone: z.string().min(1),
  duration: z.int().min(1).max(1440),
};
/** The bodies that the adapter sends, pinned: an unknown field is a mistake. */
const creation = z.strictObject({
  ...planFields,
  type: z.literal(2),
  start_time: startTime,
  default_password: z.literal(true),
  settings: z.strictObject({
    ...entrySettings,
    approval_type: z.literal([0, 2]),
    use_pmi: z.literal(false),
    private_meeting: z.literal(true),
    meeting_authentication: z.literal(false),
    auto_recording: z.literal('none'),
    email_notification: z.literal(false),
    alternative_hosts_email_notification: z.literal(false),
    registrants_confirmation_email: z.literal(false),
    registrants_email_notification: z.literal(false),
  }),
});
const change = z.strictObject({
  ...z.object(planFields).partial().shape,
  start_time: startTime.optional(),
  settings: z
    .union([z.strictObject(entrySettings), z.strictObject({ alternative_hosts: z.string() })])
    .optional(),
});
const registration = z.strictObject({ email: z.email(), first_name: z.string().min(1).max(64) });
const cancellation = z.strictObject({
  action: z.literal('cancel'),
  registrants: z.array(z.strictObject({ id: z.string() })),
});
const newUser = z.strictObject({
  action: z.enum(['create', 'ssoCreate', 'custCreate']),
  user_info: z.strictObject({
    email: z.email(),
    type: z.literal([1, 2]),
    first_name: z.string().max(64).optional(),
  }),
});

const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  // General: 400 with code 300 and the fields that are not valid.
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ZoomRefusal(400, 300, 'Validation Failed.', fields);
};

const route = (
  method: string,
  path: string,
  scope: string,
  handle: (call: ZoomCall) => Answer,
): ZoomRoute => ({
  method,
  path: new RegExp(`^/v2${path.replaceAll('*', '([^/]+)')}$`),
  scope,
  handle,
});

const meetingOf = ({ account, ids: [id = ''] }: ZoomCall): DoubleMeeting => account.meeting(id);
const userOf = ({ account, ids: [id = ''] }: ZoomCall): DoubleUser => account.user(id);

/** The routes of the Zoom API that the adapter uses, with the scopes and rules of Zoom's reference. */
export const ZOOM_ROUTES: readonly ZoomRoute[] = [
  route('POST', '/users/*/meetings', 'meeting:write:meeting:admin', (call) => {
    const { account, now, body } = call;
    const host = userOf(call);
    // POST /users/{userId}/meetings: 3161 if the user may not host.
    if (host.status !== 'active') throw new ZoomRefusal(400, 3161, 'The user may not host meetings.');
    const plan = read(creation, body);
    if (plan.settings.approval_type === 0 && host.type !== 2) {
      // settings.approval_type: registration is for licensed hosts.
      throw new ZoomRefusal(400, 300, 'Registration needs a licensed host.', ['settings.approval_type']);
    }
    account.countChange(host);
    const meeting = account.addMeeting(host, {
      topic: plan.topic,
      agenda: plan.agenda,
      timezone: plan.timezone,
      duration: plan.duration,
      // start_time: a past one means now.
      startTime: Math.max(Date.parse(plan.start_time), now),
      settings: { ...entry(plan.settings), approvalType: plan.settings.approval_type },
    });
    return [201, view(account, meeting)];
  }),

  route('GET', '/users/*/meetings', 'meeting:read:list_meetings:admin', (call) => {
    const host = userOf(call);
    const rows = call.account.meetings.filter((one) => one.host === host && !one.isDeleted).map(row);
    return [200, page(rows, 'meetings', call.query)];
  }),

  route('GET', '/meetings/*', 'meeting:read:meeting:admin', (call) => [
    200,
    view(call.account, meetingOf(call)),
  ]),

  route('PATCH', '/meetings/*', 'meeting:update:meeting:admin', (call) => {
    const meeting = meetingOf(call);
    const plan = read(change, call.body);
    // PATCH /meetings/{meetingId}: 3000 while it runs.
    if (call.account.runOf(meeting)) throw new ZoomRefusal(400, 3000, 'The meeting is in progress.');
    call.account.countChange(meeting.host);
    const { topic, agenda, timezone, duration, start_time: start, settings } = plan;
    Object.assign(meeting, JSON.parse(JSON.stringify({ topic, agenda, timezone, duration })));
    // A start_time in the past is ignored.
    if (start !== undefined && Date.parse(start) > call.now) meeting.startTime = Date.parse(start);
    if (settings && 'alternative_hosts' in settings) {
      call.account.setAlternativeHosts(meeting, settings.alternative_hosts.split(';').filter(Boolean));
    } else if (settings) Object.assign(meeting.settings, entry(settings));
    return NONE;
  }),

  route('DELETE', '/meetings/*', 'meeting:delete:meeting:admin', (call) => {
    const meeting = meetingOf(call);
    // DELETE /meetings/{meetingId}: 3002 while it runs.
    if (call.account.runOf(meeting)) throw new ZoomRefusal(400, 3002, 'The meeting is still in progress.');
    meeting.isDeleted = true;
    return NONE;
  }),

  route('PUT', '/meetings/*/status', 'meeting:update:status:admin', (call) => {
    read(z.strictObject({ action: z.literal('end') }), call.body);
    // PUT /meetings/{meetingId}/status: only a running meeting can be ended.
    if (!call.account.end(meetingOf(call))) throw new ZoomRefusal(400, 3000, 'The meeting is not running.');
    return NONE;
  }),

  route('POST', '/meetings/*/registrants', 'meeting:write:registrant:admin', (call) => {
    const { email, first_name: name } = read(registration, call.body);
    const { id, joinUrl } = call.account.register(meetingOf(call), email, name);
    return [201, { id: meetingOf(call).id, registrant_id: id, join_url: joinUrl, topic: 'Video visit' }];
  }),

  route('PUT', '/meetings/*/registrants/status', 'meeting:update:registrant_status:admin', (call) => {
    const ids = new Set(read(cancellation, call.body).registrants.map(({ id }) => id));
    for (const registrant of meetingOf(call).registrants) {
      if (ids.has(registrant.id)) registrant.isCancelled = true;
    }
    return NONE;
  }),

  route('GET', '/past_meetings/*/instances', 'meeting:read:list_past_instances:admin', (call) => {
    const ended = meetingOf(call).runs.filter(({ endedAt }) => endedAt !== null);
    return [200, { meetings: ended.map((run) => ({ uuid: run.uuid, start_time: time(run.startedAt) })) }];
  }),

  route('GET', '/past_meetings/*', 'meeting:read:past_meeting:admin', (call) => {
    const { meeting, run } = pastRun(call);
    return [
      200,
      {
        uuid: run.uuid,
        id: meeting.id,
        host_id: meeting.host.id,
        topic: meeting.topic,
        type: 2,
        start_time: time(run.startedAt),
        end_time: time(run.endedAt ?? 0),
        duration: Math.ceil(((run.endedAt ?? 0) - run.startedAt) / 60_000),
        participants_count: run.stays.length,
      },
    ];
  }),

  route('GET', '/past_meetings/*/participants', 'meeting:read:list_past_participants:admin', (call) => {
    const { run } = pastRun(call);
    // GET /past_meetings/{meetingId}/participants: Pro or higher, and no rows if only one participant came.
    if (call.account.isFree) throw new ZoomRefusal(400, 200, 'Only available for paid account.');
    const people = new Set(run.stays.map((stay) => stay.registrantId || stay.zoomUserId || stay.name));
    return [200, page(people.size < 2 ? [] : records(run, call), 'participants', call.query)];
  }),

  route('GET', '/report/meetings/*/participants', 'report:read:list_meeting_participants:admin', (call) => {
    if (call.account.isFree) throw new ZoomRefusal(400, 200, 'Only available for paid account.');
    return [200, page(records(pastRun(call).run, call), 'participants', call.query)];
  }),

  route('GET', '/users/*', 'user:read:user:admin', (call) => {
    const { id, email, type, status, firstName } = userOf(call);
    return [200, { id, email, type, status, first_name: firstName }];
  }),

  route('POST', '/users', 'user:write:user:admin', ({ account, body }) => {
    const { action, user_info: info } = read(newUser, body);
    // POST /users: 1005 for an address of another account, 1009 for a user of this one.
    if (account.foreignEmails.has(info.email))
      throw new ZoomRefusal(409, 1005, 'User already in the account.');
    if (account.users.some(({ email }) => email === info.email)) {
      throw new ZoomRefusal(400, 1009, 'Email has already been used.');
    }
    // action: the user of `create` is pending until the invitation is accepted.
    const user = account.addUser(info.email, {
      type: info.type,
      status: action === 'create' ? 'pending' : 'active',
      ...(info.first_name === undefined ? {} : { firstName: info.first_name }),
    });
    return [201, { id: user.id, email: user.email, type: user.type, first_name: user.firstName }];
  }),

  route('PATCH', '/users/*', 'user:update:user:admin', (call) => {
    const { type } = read(z.strictObject({ type: z.literal([1, 2]) }), call.body);
    call.account.setType(userOf(call), type);
    return NONE;
  }),

  route('PUT', '/users/*/status', 'user:update:status:admin', (call) => {
    read(z.strictObject({ action: z.literal('deactivate') }), call.body);
    // Users API, PUT /users/{userId}/status: a deactivated user loses all licences.
    Object.assign(userOf(call), { status: 'inactive', type: 1 });
    return NONE;
  }),

  route('GET', '/users/*/token', 'user:read:token:admin', (call) => {
    // type: the default is a deprecated token.
    if (call.query.get('type') !== 'zak') throw new ZoomRefusal(400, 300, 'Validation Failed.', ['type']);
    return [200, { token: call.account.zakOf(userOf(call), Number(call.query.get('ttl'))) }];
  }),
];

/** A waiting room switches join_before_host off. */
function entry(settings: { waiting_room: boolean; join_before_host: boolean }) {
  const { waiting_room: waitingRoom, join_before_host: before } = settings;
  return { waitingRoom, joinBeforeHost: before && !waitingRoom };
}

function row(meeting: DoubleMeeting) {
  return {
    id: meeting.id,
    uuid: meeting.uuid,
    host_id: meeting.host.id,
    topic: meeting.topic,
    // agenda: lists return the first 250 characters.
    agenda: meeting.agenda.slice(0, 250),
    type: 2,
    start_time: time(meeting.startTime),
    duration: meeting.duration,
    timezone: meeting.timezone,
    created_at: time(meeting.createdAt),
  };
}

function view(account: ZoomDoubleAccount, meeting: DoubleMeeting) {
  return {
    ...row(meeting),
    agenda: meeting.agenda,
    host_email: meeting.host.email,
    status: account.runOf(meeting) ? 'started' : 'waiting',
    join_url: account.joinUrl(meeting),
    start_url: account.startUrl(meeting),
    settings: {
      waiting_room: meeting.settings.waitingRoom,
      join_before_host: meeting.settings.joinBeforeHost,
      approval_type: meeting.settings.approvalType,
      alternative_hosts: meeting.alternativeHosts.map(({ email }) => email).join(';'),
    },
  };
}

/** Returns an ended run: by its UUID, or the latest one by the id of the meeting. @throws {ZoomRefusal} 3001 */
function pastRun({ account, ids: [segment = ''] }: ZoomCall): { meeting: DoubleMeeting; run: DoubleRun } {
  // A UUID that begins with / or contains // has to be encoded twice.
  const isTwice = /%2f/i.test(segment);
  const uuid = isTwice ? decodeURIComponent(segment) : segment;
  const needsTwice = uuid.startsWith('/') || uuid.includes('//');
  for (const meeting of account.meetings) {
    const ended = meeting.runs.filter(({ endedAt }) => endedAt !== null);
    const run =
      String(meeting.id) === segment && !meeting.isDeleted
        ? ended.at(-1)
        : ended.find((one) => one.uuid === uuid && needsTwice === isTwice);
    if (run) return { meeting, run };
  }
  throw new ZoomRefusal(404, 3001, 'Meeting ID is invalid or not end.');
}

function records(run: DoubleRun, { account, now, query }: ZoomCall) {
  const isReady = now - (run.endedAt ?? now) >= account.recordsDelayMs;
  const hasRegistrants = query.get('include_fields') === 'registrant_id';
  return run.stays.map((stay) => ({
    id: stay.zoomUserId,
    user_id: String(stay.userId),
    name: stay.name,
    user_email: stay.email,
    ...(hasRegistrants ? { registrant_id: stay.registrantId } : {}),
    join_time: time(stay.joinedAt),
    leave_time: time(stay.leftAt ?? run.endedAt ?? now),
    duration: isReady ? Math.round(((stay.leftAt ?? now) - stay.joinedAt) / 1000) : 0,
    status: stay.isWaiting ? 'in_waiting_room' : 'in_meeting',
  }));
}

/** Lists come in pages; the token of the next one is an offset here. */
function page(rows: readonly unknown[], key: string, query: URLSearchParams) {
  const size = Number(query.get('page_size') ?? '30');
  if (size > 300) throw new ZoomRefusal(400, 300, 'Validation Failed.', ['page_size']);
  const from = Number(query.get('next_page_token') ?? '0');
  const next = from + size < rows.length ? String(from + size) : '';
  return {
    page_size: size,
    total_records: rows.length,
    next_page_token: next,
    [key]: rows.slice(from, from + size),
  };
}

import type { oas31 } from 'zod-openapi';

/**
 * What each field of the API means, for the document: by name, or by component and name where a name means something
 * else there. A test holds that no field goes without.
 */
export const FIELDS: Readonly<Record<string, string>> = {
  action: 'What was done.',
  actor: 'Who did it.',
  appointmentId: 'Your own id of the appointment; it has one session.',
  at: 'When it happened.',
  audit: 'What the person did, and what was done to them, oldest first.',
  baseUrl: 'Where people open their links; it holds no token.',
  byStatus: 'How many visits have each status.',
  cancelled: 'Called off by the backend.',
  bytes: 'How many bytes it has.',
  chat: 'Whether people may write to each other and hand over files.',
  closedAt: 'With `session_over`: when the visit closed.',
  closesAt: 'People may enter until here.',
  code: 'The reason, for programs. It never changes its meaning.',
  comment: 'A few words on the rating.',
  connected: 'In the visit now, or expected back after a lost connection.',
  contentType: 'The media type (RFC 6838), as the sender’s browser named it.',
  courseId: 'Your own id of a course or series that the visit belongs to.',
  createdAt: 'When the session was made.',
  cursor: 'The nextCursor of the page before; leave it out for the first page.',
  date: 'A calendar day in the time zone of the request.',
  days: 'One entry for each calendar day that has a visit.',
  description: 'What the visit is about; several lines are fine.',
  detail: 'A sentence about this occurrence, for people.',
  details: 'What else is known, without names: a reason, changed fields, a node.',
  displayName: 'The name that others in the visit see.',
  doctorId: 'Your id of the doctor. Goes with patientId.',
  durationMinutes: 'The planned length.',
  durationSeconds: 'From the start to the end, or until now.',
  email:
    'Where reminders of the visit go, with a link of the person’s own, where the server is set to send mail (SMTP_URL).',
  endReason: 'Why the visit is over; null while it is not.',
  ended: 'Over.',
  endedAt: 'When the visit ended; null while it has not.',
  endedBy: 'Who ended the visit; null while nobody has.',
  entries: 'The log, oldest first.',
  errors: 'With `validation_failed`: the fields at fault.',
  expiresIn: 'Seconds until the link’s token expires.',
  exportedAt: 'When the export was made.',
  feedback: 'What people thought of the visit.',
  file: 'The file, where one was handed over; null where the message is a text.',
  fileId: 'Televisit’s id of the file.',
  firstJoinedAt: 'When the person came first; null for somebody who never came.',
  format: '`csv` answers text/csv, as `Accept: text/csv` does.',
  from: 'Visits that are scheduled at this time or later.',
  givenAt: 'When the feedback was given.',
  hostNotes:
    'What hosts and you write down for each other about the visit; nobody else sees it. Erasing anybody of the visit clears it.',
  iceServers: 'For RTCPeerConnection; TURN entries carry credentials for a limited time.',
  impairedMinutes: 'For how many minutes the person’s network was poor.',
  impairedSeconds: 'For how many seconds of it the person’s network was poor.',
  instance: 'Names this occurrence; the same id is in X-Request-Id and in the log.',
  intervals: 'When the person was in the visit; a short loss of the connection does not end one.',
  joinUrl: 'The link with its token. Treat it as a secret.',
  joinedAt: 'When the person came.',
  keepChat:
    'Whether you can read messages and files, also after the visit; otherwise they are deleted when it is over.',
  kind: 'What it told: `reminder`, `moved` (another time) or `cancelled`.',
  keyId: 'For a backend: which internal secret it used, as a digest.',
  language: 'Of the join page: a BCP 47 tag such as `de` or `pt-BR`; null for the person’s own.',
  lastLeftAt: 'When the person left last; null while in the visit, and for somebody who never came.',
  leftAt: 'When the person left; null while in the visit.',
  limit: 'How many to answer at most.',
  link: '`1` or `true` puts the address of the visit in.',
  live: 'Going on.',
  mails: 'The mails to the person about this visit.',
  maxParticipants: 'How many people may be in the visit at once.',
  meanRating: 'The mean of all ratings, 1 to 5; null where there is none.',
  meanWaitingSeconds: 'How long guests waited for a host on average; null where none did.',
  menteeId: 'Your id of the mentee. Goes with mentorId.',
  mentorId: 'Your id of the mentor, in place of a doctor.',
  message: 'What is wrong with the field.',
  messages: 'How many chat messages were sent.',
  metadata: 'Your own notes, given back as they came: at most 50 entries.',
  minutes: 'How many minutes it lasted.',
  name: 'The file’s name, safe to be saved under.',
  nextCursor: 'For the next page; null on the last one.',
  noShows: 'Visits whose time ran out before anybody came.',
  node: 'The SFU node that the session is placed on.',
  opensAt: 'People may enter from here.',
  options: 'What the visit allows.',
  opusDtx: 'Whether the sender stops audio packets in silence.',
  participants: 'Everybody who has a seat, in the order of the seats.',
  path: 'The field at fault, dotted; empty for the whole body.',
  patientId: 'Your id of the patient. Goes with doctorId.',
  people: 'Everybody who may be in the visit.',
  permissions: 'What the role may do.',
  pseudonym: 'What stands in the place of the userId now; null where there was nothing to erase.',
  quality: 'How well media arrived.',
  qualityReceived: 'At the person, from the server.',
  region:
    'Where the people are: a server of this REGION is taken where there is one; null for that of the server that is asked.',
  rating: 'Stars, 1 to 5.',
  reactions: 'Whether people may send reactions, such as applause.',
  received:
    'At the person, from the server: 0 (nothing arrives) to 10 (all arrives); null where nothing was sent.',
  recording: 'Whether the visit may be recorded. Kept with the visit; today’s server records nothing.',
  reconnects: 'How often the connection was lost and came back.',
  remedy: 'What to do next, for people.',
  removedAt: 'When the person was removed and may not return; null for everybody else.',
  returnUrl:
    'Where the page leads people after the visit. Its host must be that of the server’s RETURN_URL or one of RETURN_ALLOW_HOSTS; null for RETURN_URL itself.',
  role: 'The seat’s role. It decides what the person may do.',
  roomName: 'The name of the media room.',
  rtpCapabilities: 'mediasoup RtpCapabilities of every router.',
  scheduled: 'Not begun yet.',
  scheduledAt: 'When the visit begins.',
  screenShare:
    'Whether people who are no hosts may share their screen to begin with. Hosts always may, and can change it during the visit.',
  seconds: 'For how long; up to now where it goes on.',
  seats: 'Everybody who may be in the visit.',
  seq: 'The message’s place in the chat: 1, 2, 3 …',
  self: 'The person whom the token is for.',
  sent: 'At the server, from the person: 0 (nothing arrives) to 10 (all arrives); null where nothing was sent.',
  sentAt: 'When the mail server took it.',
  session: 'The visit.',
  sessionId: 'Televisit’s id of the session, as POST /sessions returned it.',
  sessions: 'The sessions, newest first.',
  shares: 'Who shared a screen, in the order in which they began.',
  sfuNodeId: 'The media node that the visit runs on.',
  signature: 'The signature that GET /users/{userId}/calendar-link put into the address.',
  startedAt: 'When the visit became live; null before.',
  status: 'Where the visit is in its life.',
  studentId: 'Your id of the student. Goes with teacherId.',
  teacherId: 'Your id of the teacher, in place of a doctor.',
  text: 'What was said; null where the message is a file. Both are null once the sender was erased.',
  timeZone: 'Whose calendar days are counted: a name of the IANA database.',
  title: 'A few words on one line.',
  to: 'Visits that are scheduled before this time.',
  totalSeconds: 'How long the person was in the visit altogether.',
  type: 'Who it was: a backend, a person of the visit, or the server itself.',
  updatedAt: 'When the session last changed.',
  urls: 'Addresses of the server.',
  url: 'The signed address. It needs no header, so treat it as a secret.',
  userId: 'Your own id of the person.',
  username: 'For a limited time.',
  credential: 'For a limited time.',
  visits: 'How many visits there were.',
  waitingRoom:
    'Who waits before they are let in: `until-host`, others until a host is there; `admit`, everybody but hosts for a host’s yes; `off`, nobody.',
  waitingSeconds:
    'How long the first guest was there before a host was; null where nobody waited for a host who came.',
  'X-File-Name': 'The file’s name as encodeURIComponent writes it; `file` where nothing is said.',
  'Idempotency-Key':
    'A key of your own for this one visit, 1 to 128 visible ASCII characters. The same key with the same request gives the first answer again.',
  'Actor.userId': 'For a person of the visit.',
  'AuditEntry.userId': 'Whom it concerns, if anybody; a pseudonym once that person was erased.',
  'Analytics.minutes': 'How many minutes the visits lasted.',
  'ChatMessage.at': 'When it was said.',
  'ChatMessage.userId': 'Who said it; a pseudonym once that person was erased.',
  'ChatMessageList.messages': 'What was said, in its order; empty where the visit does not keep its chat.',
  'CreateSessionRequest.durationMinutes': 'The planned length; 30 where nothing is said.',
  'CreateSessionRequest.options': 'What the visit allows; what is not named stays at its default.',
  'CreateSessionRequest.scheduledAt': 'When the visit begins, with a zone; now where nothing is said.',
  'CreateSessionRequest.seats':
    'People beyond the two. An entry with the id and role of one of the two gives that person a name.',
  'Erasure.sessions': 'In how many sessions the person was erased.',
  'Health.status': 'Always `ok`.',
  'JoinSessionRequest.role':
    'The role of the seat. Any may be asked for; another than the seat’s own is answered 403.',
  'Problem.status': 'The HTTP status once more.',
  'Problem.title': 'A summary that never changes for a code.',
  'Problem.type': 'The code as a URN.',
  'ScreenShare.startedAt': 'When it began.',
  'ScreenShare.userId': 'Who shared their screen.',
  'SessionReport.minutes': 'How many minutes the person was there.',
  'UpdateSessionRequest.options': 'What the visit allows; what is not named stays as it is.',
  'UpdateSessionRequest.scheduledAt': 'When the visit begins, with a zone. The join window moves along.',
  'UserData.displayName': 'The person’s name in the visit.',
  'UserData.feedback': 'What the person thought of the visit; null where nothing was said.',
  'UserData.messages': 'What the person said in the chat, as far as it is kept.',
  'UserData.startedAt': 'When the share began.',
  'UserData.shares': 'When the person shared a screen.',
  'UserData.sessions': 'Every visit in which the person had a seat.',
};

/** @param component the schema that the field is in, at whatever depth */
export function fieldNote(component: string | null, field: string): string | undefined {
  return FIELDS[`${component ?? ''}.${field}`] ?? FIELDS[field];
}

/** Puts the note of every field into the document; a description that is there already stays. */
export function describeFields({ paths = {}, components = {} }: oas31.OpenAPIObject): void {
  for (const [name, schema] of Object.entries(components.schemas ?? {})) describe(schema, name);
  for (const item of Object.values(paths)) {
    for (const { parameters = [] } of operationsOf(item)) {
      for (const parameter of parameters) if ('name' in parameter) describeParameter(parameter);
    }
  }
}

function describe(schema: Schema, component: string): void {
  if ('$ref' in schema) return;
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema;
  for (const [name, property] of Object.entries(properties)) {
    const note = fieldNote(component, name);
    if (note && !('description' in property)) (property as oas31.SchemaObject).description = note;
  }
  for (const inner of [...Object.values(properties), ...anyOf, items, additionalProperties]) {
    if (inner && typeof inner === 'object') describe(inner, component);
  }
}

function describeParameter(parameter: oas31.ParameterObject): void {
  // Header names have no case; this is how people write them.
  if (parameter.in === 'header')
    parameter.name = parameter.name.replaceAll(/\b\w/g, (letter) => letter.toUpperCase());
  const schema = parameter.schema as oas31.SchemaObject;
  const description = parameter.description ?? schema.description ?? fieldNote(null, parameter.name);
  if (description) parameter.description = description;
  delete schema.description;
  if (schema.type === 'array') Object.assign(parameter, { style: 'form', explode: false });
}

function operationsOf(item: oas31.PathItemObject): oas31.OperationObject[] {
  return [item.get, item.post, item.patch, item.delete].filter((operation) => operation !== undefined);
}

type Schema = oas31.SchemaObject | oas31.ReferenceObject;

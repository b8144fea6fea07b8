import { merge, type ErrorInfo } from './core/contract.ts';
import { FEATURES, type Feature } from './features/index.ts';

export type { ErrorInfo };

const TOKEN_REMEDY = 'Ask the backend for a new join link (POST /sessions/{sessionId}/join).';

/** The error codes that belong to no single feature. */
const CORE_ERRORS = {
  unauthorized: {
    status: 401,
    title: 'The internal secret is missing or wrong',
    remedy: 'Send the server’s INTERNAL_SECRET in the X-Internal-Secret header.',
  },
  bad_json: {
    status: 400,
    title: 'The body is not valid JSON',
    remedy: 'Send a JSON object encoded in UTF-8.',
  },
  validation_failed: {
    status: 400,
    title: 'The request does not match the contract',
    remedy: 'Correct the fields listed in "errors" and send the request again.',
  },
  body_too_large: {
    status: 400,
    title: 'The body is over 64 kB',
    remedy: 'Send a body of at most 65,536 bytes.',
  },
  bad_address: {
    status: 400,
    title: 'The address is not encoded correctly',
    remedy:
      'Percent-encode the values in path and query as UTF-8 (RFC 3986, 2.5), as encodeURIComponent does.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing at this address',
    remedy: 'Check the path; the API lives under /api/v1.',
  },
  session_not_found: {
    status: 404,
    title: 'There is no such session',
    remedy: 'Use a sessionId that POST /sessions returned.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This address does not take that method',
    remedy: 'Use a method from the Allow header.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body’s type is not supported',
    remedy: 'Send the media type that the operation names, without a content encoding.',
  },
  appointment_conflict: {
    status: 409,
    title: 'The appointment already has a session with other people',
    remedy: 'Use another appointmentId, or the same doctorId and patientId as before.',
  },
  seat_mismatch: {
    status: 403,
    title: 'This user has no such seat in the session',
    remedy: 'Send the userId and role of one of the session’s seats.',
  },
  idempotency_conflict: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    remedy:
      'Use a fresh Idempotency-Key for each new visit, and the same one only to repeat the very same request.',
  },
  not_open_yet: {
    status: 409,
    title: 'The visit is not open yet',
    remedy: 'Try again at "opensAt".',
  },
  session_over: {
    status: 410,
    title: 'The visit is over',
    remedy: 'Create a new session, with an appointmentId of its own, for another visit.',
  },
  session_closed: {
    status: 409,
    title: 'The visit is over and can’t be changed',
    remedy: 'Read the session to see how it ended; create a new one for another visit.',
  },
  plan_over: {
    status: 409,
    title: 'The planned time is over',
    remedy:
      'Send a scheduledAt and a durationMinutes whose join window has not closed: check the year and the time zone. POST /sessions/{sessionId}/end ends a session now.',
  },
  seat_taken: {
    status: 409,
    title: 'This person is in the session already',
    remedy: 'Name a person who is not in the session, or remove the former one with DELETE.',
  },
  too_many_seats: {
    status: 409,
    title: 'The session has too many people',
    remedy: 'Create another session; removed people count as well.',
  },
  participant_not_found: {
    status: 404,
    title: 'This user has no seat in the session',
    remedy: 'Use the userId of one of the session’s seats.',
  },
  removed: {
    status: 403,
    title: 'This person was removed from the visit',
    remedy: 'A person who was removed may not return to this visit.',
  },
  visit_full: {
    status: 409,
    title: 'The visit is full',
    remedy: 'Wait until a participant leaves, or raise options.maxParticipants.',
  },
  metrics_token: {
    status: 401,
    title: 'The token for the metrics is missing or wrong',
    remedy: 'Send the server’s METRICS_TOKEN as bearer token in the Authorization header.',
  },
  link_signature: {
    status: 403,
    title: 'The link’s signature is missing or wrong',
    remedy: 'Ask for a new link where this one came from: each is created by your backend.',
  },
  calendar_revoked: {
    status: 410,
    title: 'This address of the calendar was revoked',
    remedy: 'Ask GET /users/{userId}/calendar-link for a new address, and subscribe to that one.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for the number of seconds in Retry-After, and send fewer requests at once.',
  },
  conflict: {
    status: 409,
    title: 'It was changed by another request at the same time',
    remedy: 'Read it again and repeat the request.',
  },
  node_not_found: {
    status: 404,
    title: 'There is no such SFU node',
    remedy: 'Use a nodeId that GET /nodes lists.',
  },
  endpoint_not_found: {
    status: 404,
    title: 'There is no such webhook endpoint',
    remedy: 'Use an endpointId that GET /webhook-endpoints lists.',
  },
  endpoint_from_config: {
    status: 409,
    title: 'This webhook endpoint is set in the server’s environment',
    remedy: 'Change WEBHOOK_URL and WEBHOOK_SECRET, or create another endpoint.',
  },
  too_many_endpoints: {
    status: 409,
    title: 'The limit of webhook endpoints is reached',
    remedy: 'Delete an endpoint that is no longer needed.',
  },
  delivery_not_found: {
    status: 404,
    title: 'There is no such delivery',
    remedy: 'Use a deliveryId that GET /webhook-deliveries lists.',
  },
  meeting_events_off: {
    status: 403,
    title: 'This server accepts no events of other providers',
    remedy: 'Set MEETING_WEBHOOK_SECRET on the server, and sign with it.',
  },
  sms_reports_off: {
    status: 403,
    title: 'This server accepts no reports of an SMS gateway',
    remedy: 'Set SMS_PROVIDER=http with SMS_GATEWAY_URL and SMS_GATEWAY_SECRET on the server.',
  },
  push_off: {
    status: 403,
    title: 'This server sends no push messages',
    remedy: 'Set VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT on the server.',
  },
  push_endpoint: {
    status: 400,
    title: 'The push service is not allowed',
    remedy:
      'Use a subscription of a browser’s own push service; the operator can allow others with PUSH_ALLOW_HOSTS.',
  },
  webhook_signature: {
    status: 401,
    title: 'The event’s signature is missing or wrong',
    remedy:
      'Sign exactly the bytes that are sent, with the secret that the server has for this address and as the documentation of this address says.',
  },
  webhook_expired: {
    status: 401,
    title: 'The event was signed too long ago, or by a clock that is ahead',
    remedy:
      'Sign each attempt with the time of that attempt and the same id, and set the clocks of both machines.',
  },
  store_unavailable: {
    status: 503,
    title: 'The database is not available',
    remedy: 'Try again after the number of seconds in Retry-After; running visits continue.',
  },
  no_capacity: {
    status: 503,
    title: 'No SFU node has room for it',
    remedy: 'Try again shortly, or add an SFU node.',
  },
  provider_not_configured: {
    status: 400,
    title: 'This server is not configured for the provider',
    remedy: 'Name a provider that GET /providers lists, or leave the field out.',
  },
  provider_unavailable: {
    status: 503,
    title: 'No meeting provider can be reached',
    remedy: 'Try again after the number of seconds in Retry-After.',
  },
  meeting_not_ready: {
    status: 503,
    title: 'The meeting is being prepared',
    remedy: 'Try again after the number of seconds in Retry-After.',
  },
  meeting_elsewhere: {
    status: 409,
    title: 'Another provider carries the visit',
    remedy: 'Open the join page again; it leads there.',
  },
  no_credentials: {
    status: 409,
    title: 'The visit’s provider has no credentials for apps',
    remedy: 'Send the person the join link instead.',
  },
  console_login: {
    status: 401,
    title: 'You are not logged in to the console',
    remedy: 'Log in at /console.',
  },
  console_link: {
    status: 401,
    title: 'The login link is not valid, too old, or was used before',
    remedy: 'Run "npm run console:link" on the server for another one.',
  },
  console_csrf: {
    status: 403,
    title: 'The request does not come from the page of the console',
    remedy: 'Reload the page of the console, and use it at the server’s public address.',
  },
  console_role: {
    status: 403,
    title: 'Your role in the console does not allow this',
    remedy: 'Ask an administrator of the identity provider for a role that does.',
  },
  console_no_role: {
    status: 403,
    title: 'The identity provider gave you no role in the console',
    remedy: 'Ask its administrator for a group that CONSOLE_OIDC_ROLES names.',
  },
  console_oidc_off: {
    status: 404,
    title: 'The console has no identity provider',
    remedy: 'Set CONSOLE_OIDC_ISSUER on the server, or log in with a link of "npm run console:link".',
  },
  console_oidc_failed: {
    status: 401,
    title: 'The login with the identity provider failed',
    remedy: 'Log in again, within ten minutes and in the same browser.',
  },
  console_oidc_away: {
    status: 503,
    title: 'The identity provider can’t be reached',
    remedy: 'Try again after the number of seconds in Retry-After.',
  },
  console_streams: {
    status: 503,
    title: 'Too many windows of the console are open',
    remedy: 'Close windows of the console; the page works without live updates meanwhile.',
  },
  shutting_down: {
    status: 503,
    title: 'This server is shutting down',
    remedy: 'Try again; another server answers.',
  },
  wrong_node: {
    status: 503,
    title: 'The visit is on another server',
    remedy: 'Connect again; the same address leads there.',
  },
  node_unreachable: {
    status: 503,
    title: 'The server that has the visit can’t be reached',
    remedy: 'Try again after the number of seconds in Retry-After.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on the server',
    remedy: 'Try again; if it happens again, give the operator the request id.',
  },
  token_missing: { status: 401, title: 'The join token is missing', remedy: TOKEN_REMEDY },
  token_malformed: { status: 401, title: 'The join token can’t be read', remedy: TOKEN_REMEDY },
  token_algorithm: { status: 401, title: 'The join token’s algorithm is not HS256', remedy: TOKEN_REMEDY },
  token_signature: { status: 401, title: 'The join token’s signature is wrong', remedy: TOKEN_REMEDY },
  token_expired: { status: 401, title: 'The join token has expired', remedy: TOKEN_REMEDY },
  token_not_yet_valid: { status: 401, title: 'The join token is not valid yet', remedy: TOKEN_REMEDY },
  token_issuer: { status: 401, title: 'The join token has another issuer', remedy: TOKEN_REMEDY },
  token_audience: { status: 401, title: 'The join token is for another audience', remedy: TOKEN_REMEDY },
  token_revoked: {
    status: 401,
    title: 'The join link was replaced',
    remedy: TOKEN_REMEDY,
  },
  token_wrong_session: { status: 401, title: 'The join token is for another session', remedy: TOKEN_REMEDY },
  unknown_event: {
    status: 400,
    title: 'There is no such message',
    remedy: 'Send one of the messages in docs/PROTOCOL.md.',
  },
  message_too_large: {
    status: 400,
    title: 'The message is over 64 kB',
    remedy: 'Send messages of at most 65,536 bytes.',
  },
  not_prepared: {
    status: 409,
    title: 'The message needs transports, and there are none yet',
    remedy: 'Send "prepare" first.',
  },
  already_prepared: {
    status: 409,
    title: 'This connection has its transports already',
    remedy: 'Use the transports of the first answer, or connect again.',
  },
  not_joined: {
    status: 409,
    title: 'The message needs a participant who has joined',
    remedy: 'Send "join" first.',
  },
  joined_elsewhere: {
    status: 409,
    title: 'The person is in the visit on another device',
    remedy: 'Ask the person, then send "join" with takeOver: true; the other device leaves.',
  },
  already_joined: {
    status: 409,
    title: 'This connection has joined already',
    remedy: 'Nothing to do.',
  },
  forbidden: {
    status: 403,
    title: 'The role does not allow this',
    remedy: 'Ask a host of the visit.',
  },
  not_yours: {
    status: 403,
    title: 'There is no such transport, producer or consumer of this person',
    remedy: 'Use ids that the server gave to this connection.',
  },
  bad_media: {
    status: 400,
    title: 'The media parameters are not usable',
    remedy: 'Send the parameters as mediasoup-client made them.',
  },
  media_unavailable: {
    status: 503,
    title: 'The media server is restarting',
    remedy: 'Connect again; the visit continues.',
  },
  too_many_messages: {
    status: 429,
    title: 'Too many messages in a short time',
    remedy: 'Wait a few seconds and send it again.',
  },
  replaced: {
    status: 409,
    title: 'The same person joined from somewhere else',
    remedy: 'Continue there, or join again here.',
  },
} as const satisfies Record<string, ErrorInfo>;

/** Every error code of Televisit, in problem+json bodies (RFC 9457) and in signaling acks alike. */
export const ERRORS = { ...CORE_ERRORS, ...merge<Feature, 'errors'>(FEATURES, 'errors') };

/** A machine-readable reason; the user interface chooses the words. */
export type ErrorCode = keyof typeof ERRORS;

/** The details of an error beside its code. */
export interface ErrorOptions {
  /** A sentence about this occurrence; the code's title by default. */
  readonly detail?: string;
  readonly cause?: unknown;
  readonly issues?: readonly FieldIssue[];
  readonly times?: ErrorTimes;
  /** Seconds after which trying again makes sense (RFC 9110, 10.2.3). */
  readonly retryAfter?: number;
}

/** When a visit opens or closed; RFC 3339, UTC. */
export interface ErrorTimes {
  /** With `not_open_yet`. */
  readonly opensAt?: string;
  /** With `session_over`. */
  readonly closedAt?: string;
}

/** An error with a code of the contract. Callers receive it as problem+json or as an error ack. */
export class TelevisitError extends Error {
  override readonly name = 'TelevisitError';
  readonly code: ErrorCode;
  /** The fields at fault, for `validation_failed`. */
  readonly issues: readonly FieldIssue[];
  readonly times: ErrorTimes;
  readonly retryAfter: number | null;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.detail ?? ERRORS[code].title, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.issues = options.issues ?? [];
    this.times = options.times ?? {};
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** One field that does not match the contract. `path` is dotted, empty for the whole body. */
export interface FieldIssue {
  readonly path: string;
  readonly message: string;
}

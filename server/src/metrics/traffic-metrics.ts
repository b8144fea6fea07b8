import { ERRORS, type ErrorCode } from '@televisit/shared/errors';
import { CLIENT_MESSAGES } from '@televisit/shared/signaling';
import { Counter, Histogram, type Registry } from 'prom-client';

/** In seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const JOIN_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

/** The messages that are steps of a join. */
const STEPS: ReadonlySet<string> = new Set(['prepare', 'join']);
/** Errors of status 503 that a page follows by itself. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set(['wrong_node', 'shutting_down']);
/** Errors below status 500 that this server or the browser causes, not the person. */
const UNEXPECTED: ReadonlySet<ErrorCode> = new Set(['bad_media']);

/** `refused`: by the rules, such as a visit that is over; `failed`: something does not work. */
type Outcome = 'ok' | 'refused' | 'failed';

/** Requests of HTTP and signaling, with the steps of joining. */
export class TrafficMetrics {
  readonly #requests;
  readonly #messages;
  readonly #steps;
  readonly #stepTimes;
  readonly #resumes;
  readonly #iceRestarts;
  readonly #limited;

  constructor(registers: Registry[]) {
    this.#requests = new Histogram({
      name: 'televisit_http_request_seconds',
      help: 'Duration of HTTP requests by operation of the API and class of status.',
      labelNames: ['operation', 'status'],
      buckets: REQUEST_BUCKETS,
      registers,
    });
    this.#messages = new Counter({
      name: 'televisit_socket_messages_total',
      help: 'Signaling messages of clients by type and outcome.',
      labelNames: ['type', 'outcome'],
      registers,
    });
    this.#steps = new Counter({
      name: 'televisit_join_steps_total',
      help: 'Steps of joining a visit by outcome; the code says why a step was refused or failed.',
      labelNames: ['step', 'outcome', 'code'],
      registers,
    });
    this.#stepTimes = new Histogram({
      name: 'televisit_join_seconds',
      help: 'Duration of the steps of joining a visit that succeeded, on the server.',
      labelNames: ['step'],
      buckets: JOIN_BUCKETS,
      registers,
    });
    this.#resumes = new Counter({
      name: 'televisit_resumes_total',
      help: 'Connections that dropped and came back by whether their media was still there.',
      labelNames: ['outcome'],
      registers,
    });
    this.#iceRestarts = new Counter({
      name: 'televisit_ice_restarts_total',
      help: 'Transports whose ICE was restarted because the network of a participant changed or failed.',
      labelNames: ['outcome'],
      registers,
    });
    this.#limited = new Counter({
      name: 'televisit_rate_limited_total',
      help: 'Requests that were refused because of a rate limit.',
      labelNames: ['limit'],
      registers,
    });
  }

  /** Counts an HTTP request. @param operation an id of the contract, or `other` */
  request(operation: string, status: number, seconds: number): void {
    this.#requests.observe({ operation, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  /** Counts a signaling connection that was accepted, or refused with a code. */
  connection(code: ErrorCode | null): void {
    this.#step('connect', code);
  }

  /**
   * Counts a signaling message.
   * @param code of the error; null if it succeeded
   * @param status of the data that was answered, if it has one
   */
  message(type: string, code: ErrorCode | null, status: string | null, seconds: number): void {
    this.#messages.inc({
      type: Object.hasOwn(CLIENT_MESSAGES, type) ? type : 'unknown',
      outcome: outcomeOf(code),
    });
    if (type === 'resume') this.#resumes.inc({ outcome: code === null ? (status ?? 'resumed') : 'failed' });
    if (type === 'transport:restart-ice') this.#iceRestarts.inc({ outcome: outcomeOf(code) });
    if (!STEPS.has(type)) return;
    this.#step(type, code, status);
    if (code === null) this.#stepTimes.observe({ step: type }, seconds);
  }

  /** Counts a request over a limit. */
  limited(limit: string): void {
    this.#limited.inc({ limit });
  }

  #step(step: string, code: ErrorCode | null, status: string | null = null): void {
    const outcome = code === null && status === 'waiting' ? 'waiting' : outcomeOf(code);
    this.#steps.inc({ step, outcome, code: code ?? '' });
  }
}

function outcomeOf(code: ErrorCode | null): Outcome {
  if (code === null) return 'ok';
  const isFailure = ERRORS[code].status >= 500 || UNEXPECTED.has(code);
  return isFailure && !EXPECTED.has(code) ? 'failed' : 'refused';
}

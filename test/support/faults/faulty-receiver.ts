import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Arrival, Behaviour } from '../infra/webhook-receiver.ts';

/** Wrong ways to answer a webhook. */
const FAILURES = {
  /** Never responds. */
  timeout: () => undefined,
  reset: (response) => void response.socket?.resetAndDestroy(),
  500: (response) => void response.writeHead(500).end('Something broke.'),
  'slow body': (response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    const drip = setInterval(() => response.write('.'), 50);
    response.on('close', () => clearInterval(drip));
  },
  'cut body': (response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('Half of', () => response.destroy());
  },
  redirect: (response) => void response.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end(),
  'retry-after': (response) => void response.writeHead(429, { 'Retry-After': '1' }).end(),
  'no HTTP': (response) => void response.socket?.end('What?\r\n\r\n'),
} satisfies Record<string, (response: ServerResponse) => void>;

type Failure = keyof typeof FAILURES;
const NAMES = Object.keys(FAILURES) as Failure[];

/** Receives webhooks: accepts three of five, and fails at the others in every way. */
export class FaultyReceiver {
  /** Ids of accepted events. */
  readonly accepted = new Set<string>();
  /** Events that arrived before the previous one of their session was accepted. */
  readonly early: string[] = [];
  readonly counts: Record<Failure | 'ok', number> = {
    ok: 0,
    timeout: 0,
    reset: 0,
    500: 0,
    'slow body': 0,
    'cut body': 0,
    redirect: 0,
    'retry-after': 0,
    'no HTTP': 0,
  };
  /** How often an accepted event arrived again: its sender died before it stored that. */
  takenAgain = 0;

  readonly answer: Behaviour = ({ id, event }: Arrival, response) => {
    // Each step of a visit is one event, so sequence numbers have no gap.
    const before = `evt_${event.sessionId}_${event.sequence - 1}`;
    if (event.sequence > 1 && !this.accepted.has(before)) this.early.push(id);
    if (this.accepted.has(id)) this.takenAgain += 1;
    const failure = randomInt(5) < 2 ? NAMES[randomInt(NAMES.length)] : undefined;
    this.counts[failure ?? 'ok'] += 1;
    if (failure) {
      FAILURES[failure](response);
    } else {
      this.accepted.add(id);
      response.writeHead(200).end('{"ok":true}');
    }
  };
}

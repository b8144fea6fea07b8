import { Agent, request } from 'node:http';
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Backend, tokenOf } from '../clients/backend.ts';
import { RawWebSocket, type RawOptions } from './raw-web-socket.ts';

/** What an attack is aimed at. */
export interface Target {
  readonly url: string;
  /** The address and UDP port of media. */
  readonly media: { readonly address: string; readonly port: number };
}

export interface Outcome {
  /** What was sent: requests, messages, packets or connections. */
  readonly count: number;
  /** What the server accepted although it must not, in words; empty if nothing got in. */
  readonly gotIn: readonly string[];
  /** How often each answer came. */
  readonly answers: Readonly<Record<string, number>>;
}

/** @param share of the full number of requests, connections or packets, 0 to 1 */
export type Attack = (target: Target, share: number) => Promise<Outcome>;

/** At most this many reports of what got in are kept; the first ones tell what is wrong. */
const MAX_REPORTS = 20;

/** Counts what an attack does and how the server answers. */
export class Tally {
  count = 0;
  readonly #answers = new Map<string, number>();
  readonly #gotIn: string[] = [];
  #accepted = 0;

  answer(answer: string): void {
    this.count += 1;
    this.note(answer);
  }

  /** Counts an answer to something that `count` has already, or that is no part of the attack. */
  note(answer: string, times = 1): void {
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + times);
  }

  /** Reports something that the server must not have accepted. */
  gotIn(what: string): void {
    this.#accepted += 1;
    if (this.#gotIn.length < MAX_REPORTS) this.#gotIn.push(what);
  }

  get outcome(): Outcome {
    const more = this.#accepted - this.#gotIn.length;
    return {
      count: this.count,
      gotIn: more > 0 ? [...this.#gotIn, `and ${more} more`] : this.#gotIn,
      answers: Object.fromEntries([...this.#answers].sort(([, left], [, right]) => right - left)),
    };
  }
}

/** Returns an address of one of many clients, as a proxy names it: the limits of a single address are not what protects here. */
export function someAddress(): string {
  return `100.${randomInt(64, 128)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** Runs a step for each index, some of them at a time. */
export async function inParallel(
  count: number,
  together: number,
  step: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const run = async () => {
    for (let index = next++; index < count; index = next++) await step(index);
  };
  await Promise.all(Array.from({ length: Math.min(together, count) }, run));
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends a request whose path goes out as it is. @returns status 0 if the connection was cut */
export function ask(url: string, path: string, { method = 'GET', headers = {}, body }: RawRequest = {}) {
  const { hostname, port } = new URL(url);
  return new Promise<RawAnswer>((resolve) => {
    const cut = () => resolve({ status: 0, headers: {}, text: '' });
    const sent = request(
      { agent, hostname, port, path, method, headers: { 'X-Forwarded-For': someAddress(), ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', cut);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', cut);
    sent.end(body);
  });
}

/** A participant of an attacker's own visit. */
export interface Insider {
  readonly sessionId: string;
  readonly token: string;
  readonly joinUrl: string;
}

/** Creates visits and returns a link of each patient, or of each host. */
export async function insiders(
  url: string,
  count: number,
  role: 'patient' | 'doctor' = 'patient',
): Promise<Insider[]> {
  const backend = new Backend(url);
  const found: Insider[] = [];
  for (let index = 0; index < count; index++) {
    const { sessionId } = await backend.createVisit();
    const joinUrl = await backend.joinUrl(sessionId, role);
    found.push({ sessionId, joinUrl, token: tokenOf(joinUrl) });
  }
  return found;
}

/** Opens a WebSocket and sends a token. @returns the socket, and `connected` or the code of the refusal */
export async function handshake(
  url: string,
  token: unknown,
  sessionId: unknown,
  options: RawOptions = {},
): Promise<{ readonly socket: RawWebSocket | null; readonly answer: string }> {
  let socket: RawWebSocket;
  try {
    socket = await RawWebSocket.open(url, { address: someAddress(), ...options });
  } catch (error) {
    return { socket: null, answer: (error as Error).message };
  }
  const answer = await Promise.race([
    new Promise<string>((resolve) => {
      socket.onText = (text) => {
        if (text.startsWith('40')) resolve('connected');
        if (text.startsWith('44')) resolve(codeOf(text.slice(2)));
      };
      socket.text(`40${JSON.stringify({ token, sessionId })}`);
    }),
    socket.closed.then(() => 'cut'),
    wait(15_000, 'no answer'),
  ]);
  return { socket, answer };
}

function codeOf(text: string): string {
  const { data, message } = JSON.parse(text) as { data?: { code?: string }; message?: string };
  return data?.code ?? message ?? 'refused';
}

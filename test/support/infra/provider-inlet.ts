import type { MeetingEvent, MeetingProvider } from '@televisit/server/providers/meeting-provider';
import { ERRORS, TelevisitError } from '@televisit/shared/errors';
import { DoubleServer, type DoubleAnswer, type DoubleRequest } from './double-server.ts';

const PREFIX = '/webhooks';

/** Receives the webhooks of a provider and keeps the events that its adapter reads, each once, as the core does. */
export class ProviderInlet {
  /** In the order of arrival. */
  readonly events: MeetingEvent[] = [];
  /** The codes of errors that were answered. */
  readonly refusals: string[] = [];
  /** The number of requests that are answered with 503. */
  unavailable = 0;
  readonly #provider: MeetingProvider;
  readonly #now: () => number;
  readonly #keys = new Set<string>();
  #server: DoubleServer | null = null;

  private constructor(provider: MeetingProvider, now: () => number) {
    this.#provider = provider;
    this.#now = now;
  }

  static async start(provider: MeetingProvider, now: () => number): Promise<ProviderInlet> {
    const inlet = new ProviderInlet(provider, now);
    inlet.#server = await DoubleServer.start((request) => inlet.#receive(request));
    return inlet;
  }

  get url(): string {
    return `${this.#server?.url}${PREFIX}`;
  }

  /** Type and user id of each event, in the order in which they happened; sorted within a moment. */
  get story(): readonly string[] {
    const rank = { started: 0, joined: 1, present: 1, left: 2, emptied: 3 };
    const text = (event: MeetingEvent) =>
      'stay' in event ? `${event.type} ${event.stay.person.userId ?? '?'}` : event.type;
    return this.events
      .toSorted(
        (left, right) =>
          left.at - right.at || rank[left.type] - rank[right.type] || text(left).localeCompare(text(right)),
      )
      .map(text);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #receive({ path, headers, rawBody }: DoubleRequest): Promise<DoubleAnswer> {
    if (this.unavailable > 0) {
      this.unavailable--;
      return { status: 503 };
    }
    try {
      const request = { path: path.slice(PREFIX.length), headers, rawBody, now: this.#now() };
      const { events, reply = {} } = await this.#provider.receive(request);
      for (const event of events) {
        if (this.#keys.has(event.key)) continue;
        this.#keys.add(event.key);
        this.events.push(event);
      }
      return { status: 200, body: reply };
    } catch (error) {
      if (!(error instanceof TelevisitError)) throw error;
      this.refusals.push(error.code);
      return { status: ERRORS[error.code].status, body: { code: error.code } };
    }
  }
}

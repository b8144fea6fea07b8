import { SendError } from '../send-error.ts';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../sender.ts';

/** What a receiver does with a request: a status, a whole answer, a failure, or nothing until the test says so. */
export type Reaction = number | Partial<WebhookAnswer> | SendError | Promise<number>;

/** A sender whose receivers do what a test says. */
export class ScriptedSender implements WebhookSender {
  /** All requests, in the order in which they were sent. */
  readonly requests: WebhookRequest[] = [];
  /** The most that were on their way at one time. */
  mostAtOnce = 0;
  react: (request: WebhookRequest, id: string) => Reaction = () => 204;
  readonly #onClose = new Set<() => void>();
  #now = 0;

  async send(request: WebhookRequest): Promise<WebhookAnswer> {
    this.requests.push(request);
    this.#now += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#now);
    try {
      return await this.#answer(request);
    } finally {
      this.#now -= 1;
    }
  }

  close(): void {
    for (const closed of this.#onClose) closed();
  }

  /** The ids of what was sent to a URL, repetitions too. */
  sentTo(url: string): string[] {
    return this.requests.filter((one) => one.url === url).map(({ headers }) => headers['webhook-id'] ?? '');
  }

  async #answer(request: WebhookRequest): Promise<WebhookAnswer> {
    const reaction = this.react(request, request.headers['webhook-id'] ?? '');
    if (reaction instanceof SendError) throw reaction;
    const known = reaction instanceof Promise ? { status: await this.#unlessClosed(reaction) } : reaction;
    const answer = typeof known === 'number' ? { status: known } : known;
    return { status: 204, retryAfterMs: null, excerpt: '', ...answer };
  }

  #unlessClosed(reaction: Promise<number>): Promise<number> {
    return new Promise((resolve, reject) => {
      const closed = () => reject(new SendError('closed', 'This server is closing.'));
      this.#onClose.add(closed);
      reaction.then(resolve, reject);
    });
  }
}

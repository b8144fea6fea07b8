import { SendError } from '../send-error.ts';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../sender.ts';

/** A receiver's reaction: a status, an answer, a failure, or a status that the test provides later. */
export type Reaction = number | Partial<WebhookAnswer> | SendError | Promise<number>;

/** A sender whose receivers react as the test says. */
export class ScriptedSender implements WebhookSender {
  /** All requests in the order of sending. */
  readonly requests: WebhookRequest[] = [];
  /** The maximum number of concurrent requests. */
  mostAtOnce = 0;
  react: (request: WebhookRequest, id: string) => Reaction = () => 204;
  readonly #onClose = new Set<() => void>();
  #concurrent = 0;

  async send(request: WebhookRequest): Promise<WebhookAnswer> {
    this.requests.push(request);
    this.#concurrent += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#concurrent);
    try {
      return await this.#answer(request);
    } finally {
      this.#concurrent -= 1;
    }
  }

  close(): void {
    for (const closed of this.#onClose) closed();
  }

  /** Returns the event ids sent to a URL, including repetitions. */
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

import type { EndReason } from '@televisit/shared/vocabulary';
import type { VisitClient, VisitState } from '../../sdk/index.ts';
import type { JoinLink } from './join-link.ts';

/** The version of the messages; another number means an incompatible change. */
const VERSION = 1;

/** A step of the visit that the embedding page is told. */
export type EmbeddingEvent =
  | { readonly event: 'ready' | 'waiting' | 'joined' | 'left' }
  /** The visit opens later, in milliseconds since 1970. */
  | { readonly event: 'early'; readonly opensAt: number | null }
  | { readonly event: 'ended'; readonly reason: EndReason | null }
  | { readonly event: 'error'; readonly code: string };

/** A message to the page that embeds the join page. */
export type EmbeddingMessage = EmbeddingEvent & {
  readonly source: 'televisit';
  readonly version: typeof VERSION;
  readonly sessionId: string;
};

/** Sends messages about the visit to the page that embeds this one. */
export class Embedding {
  readonly #sessionId: string;
  readonly #origins: readonly string[];
  readonly #parent: Pick<Window, 'postMessage'>;
  #last = '';

  constructor(sessionId: string, origins: readonly string[], parent: Pick<Window, 'postMessage'>) {
    this.#sessionId = sessionId;
    this.#origins = origins;
    this.#parent = parent;
  }

  /**
   * Reports the states of a client to the origins that the server allows. Without its answer, nothing is reported.
   * @param link the server's address without a slash at the end, and the session
   */
  static async open(client: VisitClient, { baseUrl, sessionId }: JoinLink): Promise<void> {
    const response = await fetch(`${baseUrl}/api/v1/embedding`).catch(() => null);
    if (!response?.ok) return;
    const { origins } = (await response.json()) as { origins: string[] };
    const embedding = new Embedding(sessionId, origins, parent);
    const report = () => embedding.report(client.getState());
    client.subscribe(report);
    report();
  }

  /** Sends the step of the visit if it is a new one. The browser delivers a message only to a parent of the given origin. */
  report(state: VisitState): void {
    const event = eventOf(state);
    if (!event || JSON.stringify(event) === this.#last) return;
    this.#last = JSON.stringify(event);
    const message: EmbeddingMessage = {
      source: 'televisit',
      version: VERSION,
      sessionId: this.#sessionId,
      ...event,
    };
    for (const origin of this.#origins) this.#parent.postMessage(message, origin);
  }
}

/** The steps of a visit at another provider, as that reports them. */
const STAYS = { before: 'ready', in: 'joined', out: 'left' } as const;

/** Returns the step of a visit; null between two steps. */
export function eventOf({ phase, error, opensAt, endReason, meeting }: VisitState): EmbeddingEvent | null {
  switch (phase) {
    case 'loading':
    case 'joining':
    case 'elsewhere':
      return null;
    case 'ready':
    case 'waiting':
    case 'joined':
    case 'left':
      return { event: phase };
    case 'meeting':
      return { event: meeting ? STAYS[meeting.stay] : 'ready' };
    case 'early':
      return { event: 'early', opensAt };
    case 'ended':
      return { event: 'ended', reason: endReason };
    case 'declined':
    case 'replaced':
      return { event: 'error', code: phase };
    case 'failed':
      return { event: 'error', code: error?.code ?? 'internal_error' };
  }
}

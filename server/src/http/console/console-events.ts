import type { ConsoleEvents } from '@televisit/shared/console';
import { CONSOLE_API_PATH } from '@televisit/shared/console.vocabulary';
import { sessionId } from '@televisit/shared/core/fields';
import { Router, type Response } from 'express';
import type { ConsoleFeed, FeedListener } from '../../console/console-feed.ts';
import { resource } from '../operation.ts';
import { EVENT_STREAM, guard, type ConsoleAuthOptions, type ConsoleCaller } from './console-auth.ts';

/** A client that reads so slowly that this much waits for it is cut off, in bytes; it connects again. */
const MAX_WAITING = 64 * 1024;
/** How long a browser waits before it connects again, in milliseconds. */
const RETRY_MS = 3000;

/** Creates the route of the event stream (server-sent events). */
export function eventRoutes(options: ConsoleAuthOptions & { readonly feed: ConsoleFeed }): Router {
  const router = Router({ caseSensitive: true });
  resource(router, `${CONSOLE_API_PATH}/events`, {
    get: [
      ...guard(options, { role: 'viewer', method: 'get' }),
      (request, response) => {
        if (request.method === 'HEAD') {
          response.type(EVENT_STREAM).end();
          return;
        }
        const watched = sessionId.safeParse(request.query.sessionId).data ?? null;
        const { login } = response.locals as unknown as ConsoleCaller;
        const listener = new EventStream(response, login.loginId, watched);
        options.feed.add(listener);
        response.once('close', () => options.feed.remove(listener));
      },
    ],
  });
  return router;
}

/** The events of one open page. */
class EventStream implements FeedListener {
  readonly loginId: string;
  readonly sessionId: string | null;
  readonly #response: Response;

  constructor(response: Response, loginId: string, watched: string | null) {
    this.#response = response;
    this.loginId = loginId;
    this.sessionId = watched;
  }

  send<T extends keyof ConsoleEvents>(event: T, data: ConsoleEvents[T]): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  beat(): void {
    this.#write(':\n\n');
  }

  close(): void {
    this.#response.end();
  }

  /** Begins the response with the first event, so that a stream that is refused is answered with a problem. */
  #write(text: string): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (!response.headersSent) {
      response.setHeader('Content-Type', `${EVENT_STREAM}; charset=utf-8`);
      // nginx would collect the events.
      response.setHeader('X-Accel-Buffering', 'no');
      response.write(`retry: ${RETRY_MS}\n\n`);
    }
    if (response.writableLength > MAX_WAITING) response.destroy();
    else response.write(text);
  }
}

import { TelevisitError } from '@televisit/shared/errors';
import type { RequestHandler } from 'express';
import type { JoinTokens } from '../../access/join-token.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { linkOf } from '../../http/auth.ts';
import type { Chats } from './chats.ts';

/** The maximum number of simultaneous uploads of this process; each is held in memory, up to 10 MiB. */
export const MAX_UPLOADS = 20;
/** The same per person. */
export const MAX_UPLOADS_OF_ONE = 2;
/** The delay before the next attempt, in seconds. */
const RETRY_AFTER = 2;

/** Counts the uploads in progress. */
export class Uploads {
  readonly #byPerson = new Map<string, number>();
  #count = 0;

  /**
   * Counts an upload until the returned function is called, which is idempotent.
   * @throws {TelevisitError} `too_many_requests`
   */
  begin(sessionId: string, userId: string): () => void {
    const person = `${sessionId} ${userId}`;
    const own = this.#byPerson.get(person) ?? 0;
    if (own >= MAX_UPLOADS_OF_ONE || this.#count >= MAX_UPLOADS) {
      throw new TelevisitError('too_many_requests', { retryAfter: RETRY_AFTER });
    }
    this.#byPerson.set(person, own + 1);
    this.#count++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#count--;
      const left = (this.#byPerson.get(person) ?? 0) - 1;
      if (left > 0) this.#byPerson.set(person, left);
      else this.#byPerson.delete(person);
    };
  }
}

/**
 * Accepts only uploads that the sender may make now, and limits simultaneous ones, before a body is read.
 * @throws {TelevisitError} as `Chats.requireMayAddFile`, `token_…`, `too_many_requests`
 */
export function limitUploads(
  links: { readonly tokens: JoinTokens; readonly sessions: Sessions },
  chats: Chats,
  uploads = new Uploads(),
): RequestHandler {
  return async (request, response, next) => {
    const { sid, sub } = await linkOf(links, request, String(request.params.sessionId));
    await chats.requireMayAddFile(sid, sub);
    // The connection closed in the meantime, so there will be no close event.
    if (request.socket.destroyed) return;
    response.once('close', uploads.begin(sid, sub));
    next();
  };
}

import { TelevisitError } from '@televisit/shared/errors';
import type { RequestHandler } from 'express';
import type { JoinTokens } from '../access/join-token.ts';
import type { Chats } from '../features/chat/chats.ts';
import { claimsOf } from './join-token.ts';

/** So many files this process takes in at once: each is held in memory, up to 10 MiB. */
export const MAX_UPLOADS = 20;
/** The same for each person. */
export const MAX_UPLOADS_OF_ONE = 2;
/** When somebody may try again, in seconds. */
const RETRY_AFTER = 2;

/** The files that are being taken in at the moment. */
export class Uploads {
  readonly #byPerson = new Map<string, number>();
  #count = 0;

  /**
   * Counts one more until `end` is called.
   * @returns `end`, which is idempotent
   * @throws TelevisitError `too_many_requests`
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
 * Lets only files through that their sender may hand over now, and not too many at once, before a body is read.
 * @throws TelevisitError as `Chats.requireMayAddFile`, `token_…`, `too_many_requests`
 */
export function limitUploads(tokens: JoinTokens, chats: Chats, uploads = new Uploads()): RequestHandler {
  return async (request, response, next) => {
    const { sid, sub } = claimsOf(tokens, request, String(request.params.sessionId));
    await chats.requireMayAddFile(sid, sub);
    // Who is gone meanwhile would never end it.
    if (request.socket.destroyed) return;
    response.once('close', uploads.begin(sid, sub));
    next();
  };
}

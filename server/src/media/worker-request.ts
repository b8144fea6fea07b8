import { TelevisitError } from '@televisit/shared/errors';

/** What a request to the worker is about. */
interface Subject {
  readonly closed: boolean;
}

/**
 * Asks the worker, and words its refusal for the client.
 * @throws TelevisitError `media_unavailable` where the subject is closed, else `bad_media`
 */
export async function askWorker<T>(subject: Subject, request: () => Promise<T>): Promise<T> {
  // Read through a function, because the compiler doesn't see that it changes while this awaits.
  const closed = () => subject.closed;
  if (closed()) throw new TelevisitError('media_unavailable');
  try {
    return await request();
  } catch (error) {
    throw new TelevisitError(closed() ? 'media_unavailable' : 'bad_media', { cause: error });
  }
}

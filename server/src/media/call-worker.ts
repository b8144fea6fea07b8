import { TelevisitError } from '@televisit/shared/errors';

/**
 * Sends a request to the worker and maps its failure to an error for the client.
 * @param subject the object that the request concerns
 * @throws {TelevisitError} `media_unavailable` if the subject is closed, `bad_media` if the worker refuses
 */
export async function callWorker<T>(
  subject: { readonly closed: boolean },
  request: () => Promise<T>,
): Promise<T> {
  // Read through a function because the compiler assumes that the property can't change during the await.
  const closed = () => subject.closed;
  if (closed()) throw new TelevisitError('media_unavailable');
  try {
    return await request();
  } catch (error) {
    throw new TelevisitError(closed() ? 'media_unavailable' : 'bad_media', { cause: error });
  }
}

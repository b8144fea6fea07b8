import { TelevisitError } from '@televisit/shared/errors';
import mongoose from 'mongoose';

const { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } = mongoose.mongo;

/** The error code of a duplicate key (MongoDB). */
const DUPLICATE_KEY = 11000;
/** Error codes of a server that steps down, shuts down, is not writable or has no disk space (MongoDB). */
const NOT_NOW = [91, 189, 10058, 10107, 11600, 11602, 13435, 13436, 14031];
/** Seconds after which a retry makes sense: the interval at which the driver looks for its server. */
const RETRY_AFTER = 3;

/** Whether an error reports a duplicate key. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/**
 * Runs an operation and converts driver errors.
 * @throws {TelevisitError} `store_unavailable` if the database is unreachable
 */
export async function withStoreErrors<T>(operation: () => PromiseLike<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new TelevisitError('store_unavailable', { cause: error, retryAfter: RETRY_AFTER });
  }
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  // A server that steps down or shuts down refuses writes until another one has taken over.
  if (error instanceof MongoError && error.hasErrorLabel('RetryableWriteError')) return true;
  if (error instanceof MongoServerError && NOT_NOW.includes(Number(error.code))) return true;
  return (
    error instanceof Error &&
    /^(MongoNotConnected|MongoTopologyClosed|MongoPoolCleared|MongoPoolClosed|MongooseServerSelection|MongoWaitQueueTimeout|MongoClientClosed)Error$/.test(
      error.name,
    )
  );
}

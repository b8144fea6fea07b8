import { TelevisitError } from '@televisit/shared/errors';

/** Requires `from` to precede `to`. @throws {TelevisitError} `validation_failed` otherwise */
export function requireOrder(from: number, to: number): void {
  if (from >= to) refuseFrom('must lie before "to"');
}

/** Rejects the `from` of a request. @throws {TelevisitError} `validation_failed` */
export function refuseFrom(message: string): never {
  const issues = [{ path: 'from', message }];
  throw new TelevisitError('validation_failed', { detail: `from: ${message}`, issues });
}

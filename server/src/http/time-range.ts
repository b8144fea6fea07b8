import { TelevisitError } from '@televisit/shared/errors';

/** Checks the `from` and `to` of a request. @throws TelevisitError `validation_failed` where they are no range */
export function requireOrder(from: number, to: number): void {
  if (from >= to) refuseFrom('must lie before "to"');
}

/** @throws TelevisitError `validation_failed` with what is wrong with `from` */
export function refuseFrom(message: string): never {
  const issues = [{ path: 'from', message }];
  throw new TelevisitError('validation_failed', { detail: `from: ${message}`, issues });
}

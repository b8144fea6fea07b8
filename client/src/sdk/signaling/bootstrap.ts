import type { VisitBootstrap } from '@televisit/shared/api';
import { VisitError } from '../core/errors.ts';
import { callVisit, type VisitRequest } from './visit-request.ts';

/** What the server says ahead of the signaling connection, and how far its clock is ahead of ours in milliseconds. */
export interface Bootstrap {
  readonly visit: VisitBootstrap;
  readonly clockOffset: number;
}

/** Asks the server for all that can be done ahead of the signaling connection. Throws a `VisitError`. */
export async function fetchBootstrap(request: VisitRequest): Promise<Bootstrap> {
  const { body, clockOffset } = await callVisit(request, '');
  if (!isBootstrap(body)) throw new VisitError('internal_error', { detail: 'the answer is not a bootstrap' });
  return { visit: body, clockOffset };
}

function isBootstrap(body: unknown): body is VisitBootstrap {
  return typeof body === 'object' && body !== null && 'self' in body && 'rtpCapabilities' in body;
}

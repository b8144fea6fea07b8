import { z } from 'zod';
import { ROLES } from './permissions.ts';

/** A caller's own identifier: 1 to 128 characters, no control characters, no space at either end. */
export const identifier = z
  .string()
  .max(128)
  .regex(/^(?!\s)[^\p{C}]+(?<!\s)$/u, 'must be 1 to 128 printable characters without a space at either end');

/** Our own id of a session, as POST /sessions returned it. */
export const sessionId = z.string().regex(/^sess_[0-9a-z]{8,64}$/, 'must be a sessionId');

export const role = z.enum(ROLES);

/** The life of a visit; nothing leaves `ended` or `cancelled`. */
export const SESSION_STATUSES = ['scheduled', 'live', 'ended', 'cancelled'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** Why a visit is over. */
export const END_REASONS = [
  'host_ended',
  'backend_ended',
  'window_closed',
  'empty',
  'no_show',
  'cancelled',
] as const;
export type EndReason = (typeof END_REASONS)[number];

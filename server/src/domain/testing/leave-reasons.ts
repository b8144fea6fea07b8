import type { LeaveReason } from '@televisit/shared/vocabulary';

export const LEAVE_REASONS: readonly LeaveReason[] = [
  'left',
  'connection_lost',
  'session_ended',
  'replaced',
  'server_shutdown',
  'removed',
  'dismissed',
];

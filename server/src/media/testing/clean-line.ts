import type { Line } from '../line-state.ts';

/** A line that loses and queues nothing. */
export const CLEAN_LINE: Line = {
  loss: 0,
  isFresh: true,
  isLosing: false,
  isQueued: false,
  isCongested: false,
  isLossy: false,
  hasUnseenLoss: false,
};

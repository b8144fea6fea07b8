export { ManualClock } from '@televisit/server/domain/testing/manual-clock';

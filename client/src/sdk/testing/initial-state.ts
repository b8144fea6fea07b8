export { NO_SOURCES } from '../devices/local-media.ts';
export { INITIAL_STATE, type VisitState } from '../state/visit-state.ts';

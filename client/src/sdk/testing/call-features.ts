import { CallFeatures } from '../call/call-features.ts';
import { SessionStorageValue } from '../core/session-storage-value.ts';
import { Store } from '../core/store.ts';
import { CurrentSignaling } from '../signaling/current-signaling.ts';
import { INITIAL_STATE, type VisitStore } from '../state/visit-state.ts';

/** Returns the features of a client that has no connection, no devices and no storage. */
export function callFeatures(store: VisitStore = new Store(INITIAL_STATE)): CallFeatures {
  return new CallFeatures({
    store,
    signaling: new CurrentSignaling(),
    local: () => null,
    request: () => ({ baseUrl: '', sessionId: 'sess_1', token: 'abc' }),
    stored: (name) => new SessionStorageValue(name, 'sess_1', null),
  });
}

import type { ParticipantView } from '@televisit/shared/signaling';
import { VisitClient, type KeyValueStore, type VisitState } from '../../sdk/index.ts';

/** The options of a visit, for stories too, which have no other values of shared. */
export { DEFAULT_OPTIONS } from '@televisit/shared/session';

/** The state of a client before it has loaded its visit. */
export const INITIAL_STATE: VisitState = new VisitClient({ sessionId: 's', token: null }).getState();

/** Returns a participant whose camera and microphone are on. */
export function participant(userId: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return {
    userId,
    role: 'patient',
    displayName: null,
    media: { camera: 'on', microphone: 'on', screen: 'none', screenAudio: 'none' },
    connected: true,
    away: false,
    handRaisedAt: null,
    network: null,
    joinedAt: '2026-01-01T10:00:00.000Z',
    ...change,
  };
}

/** A storage in memory. */
export class FakeStorage implements KeyValueStore {
  readonly entries = new Map<string, string>();

  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.entries.set(key, value);
  }

  removeItem(key: string): void {
    this.entries.delete(key);
  }
}

/** The storage of a browser that blocks all access to it. */
export const FORBIDDEN_STORAGE: KeyValueStore = {
  getItem: forbidden,
  setItem: forbidden,
  removeItem: forbidden,
};

function forbidden(): never {
  throw new DOMException('forbidden', 'SecurityError');
}

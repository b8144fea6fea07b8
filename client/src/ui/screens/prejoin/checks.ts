import type { KeyValueStore, VisitState } from '../../../sdk/index.ts';

/** The checks before a visit: sound in both directions, video, network, and the purpose of the visit. */
export const CHECKS = ['microphone', 'speaker', 'camera', 'network', 'goals'] as const;
export type Check = (typeof CHECKS)[number];

/** A person's progress with the checklist of a visit. */
export interface CheckRecord {
  readonly passed: readonly Check[];
  readonly skipped: boolean;
}

export const NOTHING_CHECKED: CheckRecord = { passed: [], skipped: false };

/** Returns the checks for a person; people who only receive need no microphone and no camera. */
export function checksFor(publishes: boolean): readonly Check[] {
  return publishes ? CHECKS : CHECKS.filter((check) => check !== 'microphone' && check !== 'camera');
}

/** Returns the record with one check passed or not; the same object if nothing changes. */
export function marked(record: CheckRecord, check: Check, passed: boolean): CheckRecord {
  if (record.passed.includes(check) === passed) return record;
  const others = record.passed.filter((one) => one !== check);
  return { ...record, passed: passed ? [...others, check] : others };
}

/** Returns why a microphone or camera has not passed; null while it works. */
export function obstacle(local: VisitState['local'], source: 'microphone' | 'camera'): 'off' | 'none' | null {
  const { state, busy } = local[source];
  if (state === 'on' || busy) return null;
  return state;
}

/** Stores the checklist of one visit in the tab. Failures of the storage are ignored. */
export class CheckMemory {
  readonly #key: string;
  readonly #storage: KeyValueStore | null;

  constructor(sessionId: string, storage: KeyValueStore | null) {
    this.#key = `televisit:check:${sessionId}`;
    this.#storage = storage;
  }

  read(): CheckRecord {
    try {
      return recordOf(JSON.parse(this.#storage?.getItem(this.#key) ?? 'null'));
    } catch {
      return NOTHING_CHECKED;
    }
  }

  write(record: CheckRecord): void {
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(record));
    } catch {
      // The checklist then lasts as long as the screen.
    }
  }
}

function recordOf(stored: unknown): CheckRecord {
  if (typeof stored !== 'object' || stored === null) return NOTHING_CHECKED;
  const passed: unknown = Reflect.get(stored, 'passed');
  return {
    passed: Array.isArray(passed) ? CHECKS.filter((check) => passed.includes(check)) : [],
    skipped: Reflect.get(stored, 'skipped') === true,
  };
}

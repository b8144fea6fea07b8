import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '../../testing/fakes.ts';
import { CheckMemory, checksFor, marked, NOTHING_CHECKED, obstacle } from './checks.ts';

function storage(entries: Record<string, string> = {}) {
  const map = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}

describe('checksFor', () => {
  it('returns all checks for a person who publishes', () => {
    expect(checksFor(true)).toEqual(['microphone', 'speaker', 'camera', 'network', 'goals']);
  });

  it('omits microphone and camera for a person who only receives', () => {
    expect(checksFor(false)).toEqual(['speaker', 'network', 'goals']);
  });
});

describe('marked', () => {
  it('adds a check once, and removes it', () => {
    const one = marked(NOTHING_CHECKED, 'goals', true);
    expect(one.passed).toEqual(['goals']);
    expect(marked(one, 'goals', true)).toBe(one);
    expect(marked(one, 'goals', false).passed).toEqual([]);
  });

  it('preserves whether the list was skipped', () => {
    expect(marked({ passed: [], skipped: true }, 'camera', true).skipped).toBe(true);
  });
});

describe('obstacle', () => {
  const local = (change: object) => ({
    ...INITIAL_STATE.local,
    camera: { ...INITIAL_STATE.local.camera, ...change },
  });

  it('returns null for a camera that is on or starting', () => {
    expect(obstacle(local({ state: 'on' }), 'camera')).toBeNull();
    expect(obstacle(local({ state: 'none', busy: true }), 'camera')).toBeNull();
  });

  it('distinguishes a camera that is off from one that does not work', () => {
    expect(obstacle(local({ state: 'off' }), 'camera')).toBe('off');
    expect(obstacle(local({ state: 'none' }), 'camera')).toBe('none');
  });
});

describe('CheckMemory', () => {
  it('reads what was written for the same visit, and nothing for another one', () => {
    const tab = storage();
    const record = { passed: ['camera', 'goals'], skipped: true } as const;
    new CheckMemory('sess_1', tab).write(record);
    expect(new CheckMemory('sess_1', tab).read()).toEqual(record);
    expect(new CheckMemory('sess_2', tab).read()).toEqual(NOTHING_CHECKED);
  });

  it.each(['', '{', 'null', '7', '{"passed":"all","skipped":"yes"}', '{"passed":["other"]}'])(
    'takes %s for nothing',
    (stored) => {
      expect(new CheckMemory('a', storage({ 'televisit:check:a': stored })).read()).toEqual(NOTHING_CHECKED);
    },
  );

  it('works without storage, and with a storage that throws', () => {
    const broken = {
      getItem: () => {
        throw new Error('blocked');
      },
      setItem: () => {
        throw new Error('full');
      },
      removeItem: () => undefined,
    };
    for (const tab of [null, broken]) {
      const memory = new CheckMemory('a', tab);
      memory.write({ passed: ['goals'], skipped: false });
      expect(memory.read()).toEqual(NOTHING_CHECKED);
    }
  });
});

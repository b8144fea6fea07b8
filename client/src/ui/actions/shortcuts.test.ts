import { describe, expect, it } from 'vitest';
import { FEATURES } from '../features/index.ts';
import type { CallAction } from './call-action.ts';
import { CORE_ACTIONS } from './core-actions.tsx';
import { pressedAction, takesKeys, takesSpace, type KeyPress } from './shortcuts.ts';

const features = await Promise.all(FEATURES.map(({ load }) => load()));
const actions: readonly CallAction[] = [...CORE_ACTIONS, ...features.flatMap(({ actions: own = [] }) => own)];

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  ...change,
});
const pressed = (key: string, change?: Partial<KeyPress>) =>
  pressedAction(actions, press(key, change))?.id ?? null;

/** An element inside of others, as far as `closest` goes. */
const inside = (...ancestors: string[]) =>
  ({
    closest: (selector: string) => (selector.split(', ').some((one) => ancestors.includes(one)) ? {} : null),
  }) as unknown as Element;

describe('pressedAction', () => {
  it.each([
    ['m', 'microphone'],
    ['v', 'camera'],
    ['s', 'share'],
    ['h', 'hand'],
    ['c', 'chat'],
    ['p', 'people'],
    ['l', 'layout'],
    ['f', 'fullscreen'],
    ['?', 'shortcuts'],
  ])('returns the action of %s, in lower and upper case', (key, id) => {
    expect(pressed(key)).toBe(id);
    expect(pressed(key.toUpperCase())).toBe(id);
  });

  it('finds every shortcut of a registered action, and each key belongs to one action', () => {
    const keys = actions.flatMap(({ shortcut }) => shortcut?.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { id, shortcut } of actions) if (shortcut) expect(pressed(shortcut.key)).toBe(id);
  });

  it.each(['altKey', 'ctrlKey', 'metaKey', 'repeat', 'isComposing'] as const)(
    'returns null for a press with %s',
    (held) => {
      expect(pressed('m', { [held]: true })).toBeNull();
    },
  );

  it('uses the place on a keyboard without Latin letters, and the letter on all others', () => {
    expect(pressed('ь', { code: 'KeyM' })).toBe('microphone');
    expect(pressed('w', { code: 'KeyM' })).toBeNull();
    expect(pressed('Enter', { code: 'Enter' })).toBeNull();
  });

  it('never leaves or ends the visit', () => {
    const dangerous = actions.filter(({ id }) => ['leave', 'end'].includes(id));
    expect(dangerous).toHaveLength(2);
    for (const { shortcut } of dangerous) expect(shortcut).toBeUndefined();
    for (const key of ['Escape', 'q', 'x', 'e']) expect(pressed(key)).toBeNull();
  });
});

describe('takesKeys', () => {
  it('returns true for elements that take text or a choice, and false for others', () => {
    for (const place of ['input', 'textarea', 'select', '[role="menu"]', 'dialog']) {
      expect(takesKeys(inside(place))).toBe(true);
    }
    expect(takesKeys(inside('button'))).toBe(false);
    expect(takesKeys(null)).toBe(false);
  });
});

describe('takesSpace', () => {
  it('returns true for elements that Space presses', () => {
    expect(takesSpace(inside('button'))).toBe(true);
    expect(takesSpace(inside('a[href]'))).toBe(true);
    expect(takesSpace(inside('main'))).toBe(false);
  });

  it('returns false for the push-to-talk button, except in a dialog', () => {
    expect(takesSpace(inside('button', '[data-push-to-talk]'))).toBe(false);
    expect(takesSpace(inside('button', '[data-push-to-talk]', 'dialog'))).toBe(true);
  });
});

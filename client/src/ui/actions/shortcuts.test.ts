import { describe, expect, it } from 'vitest';
import { shortcutOf, SHORTCUTS, takesKeys, takesSpace, type Press } from './shortcuts.ts';

const press = (key: string, change: Partial<Press> = {}): Press => ({
  key,
  code: '',
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  ...change,
});

/** An element inside of others, as far as `closest` goes. */
const inside = (...ancestors: string[]) =>
  ({
    closest: (selector: string) => (selector.split(', ').some((one) => ancestors.includes(one)) ? {} : null),
  }) as unknown as Element;

describe('shortcutOf', () => {
  it('of each key is its action, in capitals too', () => {
    for (const [key, action] of Object.entries(SHORTCUTS)) {
      expect(shortcutOf(press(key))).toBe(action);
      expect(shortcutOf(press(key.toUpperCase()))).toBe(action);
    }
  });

  it.each(['altKey', 'ctrlKey', 'metaKey', 'repeat', 'isComposing'] as const)(
    'is nothing with %s',
    (held) => {
      expect(shortcutOf(press('m', { [held]: true }))).toBeNull();
    },
  );

  it('goes by the place on a keyboard without Latin letters, and by the letter on all others', () => {
    expect(shortcutOf(press('ь', { code: 'KeyM' }))).toBe('microphone');
    expect(shortcutOf(press('w', { code: 'KeyM' }))).toBeNull();
    expect(shortcutOf(press('Enter', { code: 'Enter' }))).toBeNull();
  });

  it('leaves and ends nothing', () => {
    expect(Object.values(SHORTCUTS)).not.toContain('leave');
    for (const key of ['Escape', 'q', 'x', 'e']) expect(shortcutOf(press(key))).toBeNull();
  });
});

describe('takesKeys', () => {
  it('is true where words are typed or a letter chooses, and false elsewhere', () => {
    for (const place of ['input', 'textarea', 'select', '[role="menu"]', 'dialog']) {
      expect(takesKeys(inside(place))).toBe(true);
    }
    expect(takesKeys(inside('button'))).toBe(false);
    expect(takesKeys(null)).toBe(false);
  });
});

describe('takesSpace', () => {
  it('is true for what Space presses', () => {
    expect(takesSpace(inside('button'))).toBe(true);
    expect(takesSpace(inside('a[href]'))).toBe(true);
    expect(takesSpace(inside('main'))).toBe(false);
  });

  it('is false for the button that Space holds open, but not in a dialog', () => {
    expect(takesSpace(inside('button', '[data-push-to-talk]'))).toBe(false);
    expect(takesSpace(inside('button', '[data-push-to-talk]', 'dialog'))).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { actionOf, nextSpeed } from './player-keys.ts';

const pressed = (key: string, change: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...change,
});

describe('actionOf', () => {
  it.each([
    [' ', 'play'],
    ['K', 'play'],
    ['ArrowLeft', 'back5'],
    ['l', 'forward10'],
    ['>', 'faster'],
    ['x', null],
    ['Enter', null],
  ])('of the key "%s" is %s', (key, action) => expect(actionOf(pressed(key), false)).toBe(action));

  it('leaves space to buttons, and shortcuts to the browser', () => {
    expect(actionOf(pressed(' '), true)).toBeNull();
    expect(actionOf(pressed('k'), true)).toBe('play');
    for (const key of ['ctrlKey', 'metaKey', 'altKey']) {
      expect(actionOf(pressed('f', { [key]: true }), false)).toBeNull();
    }
  });
});

describe('nextSpeed', () => {
  it.each([
    [1, 1, 1.25],
    [1, -1, 0.75],
    [2, 1, 2],
    [0.5, -1, 0.5],
    [1.1, 1, 1.25],
    [1.1, -1, 1],
  ] as const)('from %d in the direction %d is %d', (speed, step, next) =>
    expect(nextSpeed(speed, step)).toBe(next),
  );
});

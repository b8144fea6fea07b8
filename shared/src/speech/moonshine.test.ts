import { expect, it } from 'vitest';
import { endLoop, readVocabulary } from './moonshine.ts';

it.each([
  ['a text that is repeated three times', [7, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], [7, 1, 2, 3, 4]],
  ['a token that is repeated many times', [7, ...Array.from({ length: 12 }, () => 9)], [7, 9]],
])('endLoop removes the repetitions of %s', (_name, tokens, left) => {
  expect(endLoop(tokens)).toBe(true);
  expect(tokens).toEqual(left);
});

it.each([
  ['a word that a person repeats', [5, 6, 5, 6, 5, 6]],
  ['a text that is said twice', [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]],
  ['no tokens', []],
])('endLoop keeps %s', (_name, tokens) => {
  const before = [...tokens];
  expect(endLoop(tokens)).toBe(false);
  expect(tokens).toEqual(before);
});

it('readVocabulary reads words with lengths of one byte and of two', () => {
  const long = new Uint8Array(300).fill(7);
  // 300 is 44 + 2 * 128.
  const words = readVocabulary(Uint8Array.of(2, 104, 105, 0, 128 + 44, 2, ...long, 1, 33));
  expect(words.map((word) => [...word])).toEqual([[104, 105], [], [...long], [33]]);
});

import { expect, it } from 'vitest';
import { languageCode, whisperLanguage } from './whisper-languages.ts';

it.each([
  ['en', 'en'],
  ['en-GB', 'en'],
  ['zh-Hant-TW', 'zh'],
  ['nb-NO', 'no'],
  ['FIL', 'tl'],
  ['tlh', null],
  ['', null],
])('whisperLanguage(%j) returns %j', (tag, expected) => {
  expect(whisperLanguage(tag)).toBe(expected);
});

it.each([
  ['english', 'en'],
  ['German', 'de'],
  ['de', 'de'],
  ['klingon', 'klingon'],
])('languageCode(%j) returns %j', (name, expected) => {
  expect(languageCode(name)).toBe(expected);
});

import { describe, expect, it } from 'vitest';
import { bestTag } from './languages.ts';

describe('bestTag', () => {
  it.each([
    ['the first that the page speaks', ['zh-Hant', 'de', 'en'], 'de'],
    ['English where it speaks none', ['zh', 'pl-PL'], 'en'],
    ['English where nothing is said', [null], 'en'],
    ['the language of a region', ['pt-BR'], 'pt-BR'],
    ['the region of a later tag of the same language', ['de', 'fr-FR', 'de-AT'], 'de-AT'],
    ['its own region before others', ['en-GB', 'en-US'], 'en-GB'],
    ['no region where there is none', ['es', 'en-US'], 'es'],
    ['a tag in its proper form', ['DE-at'], 'de-AT'],
    ['what follows something that is no tag', ['de-ab1', 'x', '', 'fr'], 'fr'],
    ['the language of a tag with extensions, without these', ['ar-EG-u-nu-latn'], 'ar-EG'],
  ])('is %s', (_what, tags, best) => expect(bestTag(tags)).toBe(best));
});

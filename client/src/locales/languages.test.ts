import { describe, expect, it } from 'vitest';
import { bestTag } from './languages.ts';

describe('bestTag', () => {
  it.each([
    ['the first supported language', ['zh-Hant', 'de', 'en'], 'de'],
    ['English if no language is supported', ['zh', 'pl-PL'], 'en'],
    ['English without any tag', [null], 'en'],
    ['the language of a region', ['pt-BR'], 'pt-BR'],
    ['the region of a later tag of the same language', ['de', 'fr-FR', 'de-AT'], 'de-AT'],
    ['its own region before others', ['en-GB', 'en-US'], 'en-GB'],
    ['no region if no tag has one', ['es', 'en-US'], 'es'],
    ['a normalised tag', ['DE-at'], 'de-AT'],
    ['the tag after malformed ones', ['de-ab1', 'x', '', 'fr'], 'fr'],
    ['a tag without its extensions', ['ar-EG-u-nu-latn'], 'ar-EG'],
  ])('returns %s', (_what, tags, best) => expect(bestTag(tags)).toBe(best));
});

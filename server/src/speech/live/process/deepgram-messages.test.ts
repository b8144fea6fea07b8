import { describe, expect, it } from 'vitest';
import { deepgramAddress, readDeepgramText } from './deepgram-messages.ts';

describe('readDeepgramText', () => {
  it.each(['', 'no JSON', 'null', '{"type":"Metadata"}', '{"type":"Results","start":"0"}', '[1]'])(
    'returns null for %j',
    (message) => {
      expect(readDeepgramText(message)).toBeNull();
    },
  );

  it('returns an empty text if there is no alternative', () => {
    const message = { type: 'Results', start: 1, duration: 2, is_final: true, channel: { alternatives: [] } };
    expect(readDeepgramText(JSON.stringify(message))).toEqual({
      text: '',
      startMs: 1000,
      endMs: 3000,
      isFinal: true,
    });
  });
});

describe('deepgramAddress', () => {
  it('limits the vocabulary', () => {
    const vocabulary = Array.from({ length: 500 }, (_, index) => `term${index}`);
    const url = new URL(deepgramAddress('wss://captions.test/v1/listen', { language: 'de', vocabulary }));
    expect(url.searchParams.getAll('keywords')).toHaveLength(100);
  });
});

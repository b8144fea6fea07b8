import { PROVIDER_IDS } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { callOf, providerName, runsInPage } from './provider-call.ts';

describe('providerName', () => {
  it.each(PROVIDER_IDS)('returns a name for %s', (provider) => {
    expect(providerName(provider)).toMatch(/^\p{Lu}/u);
  });
});

describe('callOf', () => {
  it('returns null for providers with an address of their own', () => {
    expect(runsInPage('zoom')).toBe(false);
    expect(callOf('zoom')).toBeNull();
  });

  it('returns the call of each provider whose meetings run inside the page', async () => {
    const inPage = PROVIDER_IDS.filter(runsInPage);
    expect(inPage).toEqual(['agora']);
    for (const provider of inPage) {
      await expect(callOf(provider)?.load()).resolves.toBeTypeOf('function');
    }
  });
});

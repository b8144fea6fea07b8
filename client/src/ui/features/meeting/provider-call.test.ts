import { PROVIDER_IDS } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { CALLS } from './meeting-screen.tsx';
import { providerName, runsInPage } from './provider-call.ts';

describe('providerName', () => {
  it.each(PROVIDER_IDS)('returns a name for %s', (provider) => {
    expect(providerName(provider)).toMatch(/^\p{Lu}/u);
  });
});

describe('runsInPage', () => {
  it('returns whether the page has a call of the provider, which loads', async () => {
    const inPage = PROVIDER_IDS.filter(runsInPage);
    expect(inPage).toEqual(['agora']);
    for (const provider of inPage) await expect(CALLS[provider].load()).resolves.toBeTypeOf('function');
  });
});

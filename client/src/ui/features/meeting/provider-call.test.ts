import { PROVIDER_IDS } from '@televisit/shared/vocabulary';
import { describe, expect, it } from 'vitest';
import { loadProviderCall, providerName, runsInPage } from './provider-call.ts';

describe('providerName', () => {
  it.each(PROVIDER_IDS)('returns a name for %s', (provider) => {
    expect(providerName(provider)).toMatch(/^\p{Lu}/u);
  });
});

describe('loadProviderCall', () => {
  it('returns null for providers with an address of their own', async () => {
    expect(runsInPage('zoom')).toBe(false);
    await expect(loadProviderCall('zoom')).resolves.toBeNull();
  });

  it('is asked for providers whose meetings run inside a page', () => {
    expect(PROVIDER_IDS.filter(runsInPage)).toEqual(['agora']);
  });
});

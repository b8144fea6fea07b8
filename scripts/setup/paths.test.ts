import { describe, expect, it } from 'vitest';
import { BIN, cacheFolder, productEnv, systemEnv } from './paths.mjs';

describe('cacheFolder', () => {
  it('cacheFolder follows the product’s variable, then the desktop’s, then the home folder', () => {
    const all = { TELEVISIT_CACHE: '/own', XDG_CACHE_HOME: '/xdg', HOME: '/home/me' };
    expect(cacheFolder(all)).toBe('/own/televisit');
    expect(cacheFolder({ ...all, TELEVISIT_CACHE: '' })).toBe('/xdg/televisit');
    expect(cacheFolder({ HOME: '/home/me' })).toBe('/home/me/.cache/televisit');
  });
});

describe('productEnv and systemEnv', () => {
  const env = { PATH: `${BIN}:/elsewhere/node_modules/.bin:/usr/bin`, HOME: '/home/me' };

  it('productEnv puts the product’s Node first, once', () => {
    expect(productEnv(env)).toEqual({ PATH: `${BIN}:/usr/bin`, HOME: '/home/me' });
  });

  it('systemEnv hides the product’s Node from npm, which deletes it', () => {
    expect(systemEnv(env).PATH).toBe('/usr/bin');
  });
});

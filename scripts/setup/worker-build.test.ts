import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EDITS } from '../mediasoup-worker/recipe.mjs';
import { temporaryFolder, write } from '../temporary.ts';
import { ROOT } from './paths.mjs';
import { jobs, prepareSources } from './worker-build.mjs';

const MEDIASOUP = join(ROOT, 'node_modules/mediasoup');

describe('prepareSources', () => {
  it('prepareSources makes mediasoup’s sources use the system’s libraries', () => {
    const folder = join(temporaryFolder(), 'build');
    prepareSources(MEDIASOUP, folder);
    const subprojects = readdirSync(join(folder, 'subprojects'));
    expect(subprojects.filter((name) => name.endsWith('.wrap'))).toEqual([]);
    expect(subprojects).toContain('libsrtp3');
    for (const { file, find, replace } of EDITS) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(text).not.toContain(find);
      expect(text).toContain(replace);
    }
  });

  it('prepareSources names the file that an edit no longer fits', () => {
    const mediasoup = temporaryFolder();
    cpSync(join(MEDIASOUP, 'worker/subprojects'), join(mediasoup, 'worker/subprojects'), { recursive: true });
    write(join(mediasoup, 'worker/meson.build'), "project('mediasoup-worker')");
    expect(() => prepareSources(mediasoup, join(temporaryFolder(), 'build'))).toThrow(
      /meson\.build no longer contains/,
    );
  });
});

describe('jobs', () => {
  it('jobs uses every core within the memory, and at least one', () => {
    expect(jobs(8, 32e9)).toBe(8);
    expect(jobs(8, 4e9)).toBe(3);
    expect(jobs(2, 0.5e9)).toBe(1);
  });
});

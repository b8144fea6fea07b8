import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { ensureHelm, helmPath } from './helm.mjs';

const GO_MOD = 'module x\n\ngo 1.26.0\n\nrequire helm.sh/helm/v3 v3.22.0\n';
const RECIPE = { 'scripts/helm/go.mod': GO_MOD, 'scripts/helm/go.sum': '' };

it('ensureHelm uses a cached Helm and passes its path to the tests', async () => {
  const root = temporaryFolder(RECIPE);
  const file = helmPath(join(root, 'cache/televisit'), root);
  expect(file).toMatch(/helm-3\.22\.0-\w+-\w+-[0-9a-f]{12}$/);
  write(file, '#!/bin/sh\nexit 0\n');
  expect(await ensureHelm({ TELEVISIT_CACHE: join(root, 'cache'), PATH: '' }, root)).toEqual({
    HELM_BIN: file,
  });
});

it('ensureHelm prints that tests are skipped without Go, and does not fail', async () => {
  let said = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  const root = temporaryFolder(RECIPE);
  expect(await ensureHelm({ TELEVISIT_CACHE: join(root, 'cache'), PATH: root }, root)).toEqual({});
  expect(said).toMatch(/NO HELM: .* SKIPPED\. Go is not in the PATH/);
});

it('the recipe pins a version of Helm', () => {
  const goMod = readFileSync(join(import.meta.dirname, '../helm/go.mod'), 'utf8');
  expect(goMod).toMatch(/^\thelm\.sh\/helm\/v3 v3\.\d+\.\d+/m);
});

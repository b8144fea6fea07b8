import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { developmentSecret } from './development-secret.ts';

it('developmentSecret creates a secret once, in a file that only its owner can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const first = developmentSecret(folder, 'internal-secret');
  expect(first.made).toBe(true);
  expect(first.secret.length).toBeGreaterThanOrEqual(32);
  expect(readFileSync(first.file, 'utf8')).toBe(first.secret);
  expect(statSync(first.file).mode & 0o777).toBe(0o600);
  expect(developmentSecret(folder, 'internal-secret')).toEqual({ ...first, made: false });
  expect(developmentSecret(folder, 'video-jwt-secret').secret).not.toBe(first.secret);
});

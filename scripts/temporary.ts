import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder for one test, with these files in it. A file that starts with `#!` can be executed. */
export function temporaryFolder(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-scripts-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, content] of Object.entries(files)) write(join(folder, name), content);
  return folder;
}

/** Writes a file and the folders above it. */
export function write(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 });
  return file;
}

/** Something that answers as the worker does when nobody tells it a version. */
export const FAKE_WORKER = '#!/bin/sh\nexit 41\n';

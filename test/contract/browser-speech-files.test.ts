import { BROWSER_SPEECH_FILES } from '@televisit/shared/speech/browser-files';
import { browserSpeechFiles } from '@televisit/server/speech/speech-folder';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, it } from 'vitest';

const recipe = (file: string) =>
  readFileSync(new URL(`../../scripts/speech/${file}`, import.meta.url), 'utf8');

it('the names of what browsers load have the digests and the version that the set-up pins, as browsers keep them', () => {
  const pinned = JSON.parse(recipe('files.json')) as { to: string; sha256: string }[];
  const { dependencies } = JSON.parse(recipe('browser/package.json')) as { dependencies: object };
  const version = (dependencies as Record<string, string>)['onnxruntime-web'];
  for (const [name, path] of browserSpeechFiles('/speech')) {
    const file = relative('/speech', path!);
    const digest = pinned.find(({ to }) => to === file)?.sha256.slice(0, 8);
    expect(name, file).toContain(digest ?? `onnxruntime-web-${version}.`);
  }
  expect(browserSpeechFiles('/speech').size).toBe(Object.keys(BROWSER_SPEECH_FILES).length);
});

it('the set-up compresses each of these files', () => {
  const setUp = readFileSync(new URL('../../scripts/setup/speech.mjs', import.meta.url), 'utf8');
  for (const path of browserSpeechFiles('/speech').values()) {
    const file = relative('/speech', path!);
    expect(setUp).toContain(`'${file.replace('browser/', '')}'`);
  }
});

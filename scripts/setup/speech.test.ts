import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { ensureSpeech, ensureSpeechForTests, speechEnv } from './speech.mjs';

/** Makes environments that contain itself, and writes down what it is asked to do. */
const PYTHON = `#!/bin/sh
echo "$*" >> "$CALLS"
case "$2" in
  venv) for folder; do :; done; /bin/mkdir -p "$folder/bin"; /bin/cp "$0" "$folder/bin/python" ;;
esac
case "$1" in
  *unpack.py)
    /bin/mkdir -p "$3/models/moonshine-tiny-en" "$3/models/silero-vad"
    for name in encoder_model.ort decoder_model_merged.ort tokenizer.bin; do echo "$name" > "$3/models/moonshine-tiny-en/$name"; done
    echo voice > "$3/models/silero-vad/silero_vad_v6.onnx" ;;
esac
`;
const OTHER = 'other-system';
/** Installs a library for this system and for another one, and one for browsers with a file that is not needed. */
const NPM = `#!/bin/sh
echo "npm $*" >> "$CALLS"
base=node_modules/onnxruntime-node/bin/napi-v6
/bin/mkdir -p "$base/${process.platform}/${process.arch}" "$base/${process.platform}/${OTHER}" "$base/${OTHER}"
dist=node_modules/onnxruntime-web/dist
/bin/mkdir -p "$dist"
for name in ort.wasm.bundle.min.mjs ort-wasm-simd-threaded.wasm ort.webgl.js; do echo "$name" > "$dist/$name"; done
`;
const WITHOUT_NETWORK = PYTHON.replace(
  'venv)',
  'pip) echo "No matching distribution" >&2; exit 1 ;;\n  venv)',
);

function clone(python: string = PYTHON) {
  const root = temporaryFolder({
    'scripts/speech/requirements.txt': 'engine==1\n',
    'scripts/speech/models.txt': 'models==1\n',
    'scripts/speech/runtime/package.json': '{}',
    'scripts/speech/browser/package.json': '{}',
  });
  write(join(root, 'bin/python3'), python);
  write(join(root, 'bin/npm'), NPM);
  const calls = join(root, 'calls');
  vi.stubEnv('PATH', join(root, 'bin'));
  vi.stubEnv('CALLS', calls);
  const env: NodeJS.ProcessEnv = {
    TELEVISIT_CACHE: join(root, 'cache'),
    PATH: join(root, 'bin'),
    CALLS: calls,
  };
  return { root, env, calls: () => readFileSync(calls, 'utf8') };
}

let said = '';
beforeEach(() => {
  said = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => ((said += String(text)), true)),
  );
  vi.stubEnv('TELEVISIT_CACHE', temporaryFolder());
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  });
});

describe('ensureSpeech', () => {
  it('ensureSpeech installs the engines once, with digests and without install scripts', async () => {
    const { root, env, calls } = clone();
    expect(speechEnv(env, root)).toEqual({});
    const folder = await ensureSpeech(env, root);
    expect(calls()).toMatch(/pip install .*--require-hashes -r .*requirements\.txt/);
    expect(calls()).toMatch(/pip download .*--require-hashes .*models\.txt/);
    expect(calls()).toMatch(/npm ci --ignore-scripts/);
    expect(said).toMatch(/installing the speech engines/);
    said = '';
    expect(await ensureSpeech(env, root)).toBe(folder);
    expect(said).toBe('');
    expect(speechEnv(env, root)).toEqual({ SPEECH_DIR: folder });
  });

  it('ensureSpeech keeps only the libraries of this system', async () => {
    const { root, env } = clone();
    const libraries = join(
      await ensureSpeech(env, root),
      'runtime/node_modules/onnxruntime-node/bin/napi-v6',
    );
    expect(existsSync(join(libraries, process.platform, process.arch))).toBe(true);
    expect(existsSync(join(libraries, process.platform, OTHER))).toBe(false);
    expect(existsSync(join(libraries, OTHER))).toBe(false);
  });

  it('ensureSpeech keeps two files for browsers, each with a compressed copy, as of the models', async () => {
    const { root, env } = clone();
    const folder = await ensureSpeech(env, root);
    expect(readdirSync(join(folder, 'browser')).sort()).toEqual([
      'ort-wasm-simd-threaded.wasm',
      'ort-wasm-simd-threaded.wasm.gz',
      'ort.wasm.bundle.min.mjs',
      'ort.wasm.bundle.min.mjs.gz',
    ]);
    expect(existsSync(join(folder, 'browser-packages'))).toBe(false);
    const model = readFileSync(join(folder, 'models/moonshine-tiny-en/encoder_model.ort.gz'));
    expect(gunzipSync(model).toString()).toBe('encoder_model.ort\n');
  });

  it('ensureSpeech installs again when a version changes', async () => {
    const { root, env } = clone();
    const first = await ensureSpeech(env, root);
    write(join(root, 'scripts/speech/models.txt'), 'models==2\n');
    expect(await ensureSpeech(env, root)).not.toBe(first);
  });

  it('ensureSpeech takes the folder of SPEECH_DIR, and refuses one without engines', async () => {
    const { root, env } = clone();
    const folder = await ensureSpeech(env, root);
    expect(await ensureSpeech({ ...env, SPEECH_DIR: folder }, root)).toBe(folder);
    expect(speechEnv({ ...env, SPEECH_DIR: folder }, root)).toEqual({});
    await expect(ensureSpeech({ ...env, SPEECH_DIR: root }, root)).rejects.toThrow('has no speech engines');
  });

  it('ensureSpeechForTests prints that tests are skipped, and does not fail, when the installation fails', async () => {
    const { root, env } = clone(WITHOUT_NETWORK);
    expect(await ensureSpeechForTests(env, root)).toEqual({});
    expect(said).toMatch(/No matching distribution/);
    expect(said).toMatch(/NO SPEECH ENGINES: .* SKIPPED/);
    await expect(ensureSpeech(env, root)).rejects.toThrow('could not be installed');
    expect(speechEnv(env, root)).toEqual({});
  });
});

import { BROWSER_SPEECH_FILES, type BrowserSpeechFile } from '@televisit/shared/speech/browser-files';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SpeechError } from './speech-error.ts';

/** The files of a Whisper model without which the library would fetch them from the internet. */
const WHISPER_FILES = ['model.bin', 'config.json', 'tokenizer.json'];
const REMEDY = 'run "node scripts/setup.mjs --speech" and set SPEECH_DIR to the folder that it prints';

/** Where Python and a Whisper model are. */
export interface WhisperFiles {
  readonly python: string;
  readonly modelDir: string;
}

/** Where the files of English captions are. */
export interface CaptionFiles {
  /** A file of the folder whose `node_modules` have onnxruntime-node. */
  readonly runtime: string;
  readonly moonshineDir: string;
  readonly voiceModel: string;
}

/** Where the set-up puts what browsers need to transcribe English. */
const BROWSER_PATHS: Readonly<Record<BrowserSpeechFile, string>> = {
  runtime: 'browser/ort.wasm.bundle.min.mjs',
  wasm: 'browser/ort-wasm-simd-threaded.wasm',
  encoder: 'models/moonshine-tiny-en/encoder_model.ort',
  decoder: 'models/moonshine-tiny-en/decoder_model_merged.ort',
  vocabulary: 'models/moonshine-tiny-en/tokenizer.bin',
  voice: 'models/silero-vad/silero_vad_v6.onnx',
};

/**
 * Returns the paths of what browsers need by the name under which it is offered; null without a folder. An installation that is
 * older than a file does not have it.
 */
export function browserSpeechFiles(dir: string | null): ReadonlyMap<string, string | null> {
  const keys = Object.keys(BROWSER_PATHS) as BrowserSpeechFile[];
  const pathOf = (key: BrowserSpeechFile) => (dir === null ? null : resolve(dir, BROWSER_PATHS[key]));
  return new Map(keys.map((key) => [BROWSER_SPEECH_FILES[key], pathOf(key)]));
}

/** @throws {SpeechError} `not_installed` */
export function whisperFiles(dir: string | null, modelDir: string | null): WhisperFiles {
  if (dir === null || modelDir === null) throw notInstalled('no folder of speech engines is set');
  const python = join(dir, 'python/bin/python');
  requireFiles([python]);
  const missing = WHISPER_FILES.map((name) => join(modelDir, name)).find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new SpeechError('not_installed', `the model of Whisper lacks ${missing}`);
  }
  return { python, modelDir };
}

/** @throws {SpeechError} `not_installed` */
export function captionFiles(dir: string | null): CaptionFiles {
  if (dir === null) throw notInstalled('no folder of speech engines is set');
  const files = {
    runtime: join(dir, 'runtime/package.json'),
    moonshineDir: join(dir, 'models/moonshine-tiny-en'),
    voiceModel: join(dir, 'models/silero-vad/silero_vad_v6.onnx'),
  };
  requireFiles([
    join(dir, 'runtime/node_modules/onnxruntime-node/package.json'),
    files.voiceModel,
    ...['encoder_model.ort', 'decoder_model_merged.ort', 'tokenizer.bin'].map((name) =>
      join(files.moonshineDir, name),
    ),
  ]);
  return files;
}

function requireFiles(files: readonly string[]): void {
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw notInstalled(`${missing} is missing`);
}

function notInstalled(problem: string): SpeechError {
  return new SpeechError('not_installed', `${problem}: ${REMEDY}`);
}

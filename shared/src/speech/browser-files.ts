/**
 * The names under which a server offers what browsers need to transcribe English. They contain a version, or the beginning of the
 * SHA-256 digest that `scripts/speech/files.json` pins: what a name stands for never changes, and browsers keep it.
 */
export const BROWSER_SPEECH_FILES = {
  runtime: 'onnxruntime-web-1.30.0.mjs',
  wasm: 'onnxruntime-web-1.30.0.wasm',
  encoder: 'moonshine-tiny-en-encoder-94e90a46.ort',
  decoder: 'moonshine-tiny-en-decoder-cf524c48.ort',
  vocabulary: 'moonshine-tiny-en-tokenizer-6884b35f.bin',
  voice: 'silero-vad-4cbf549b.onnx',
} as const;
export type BrowserSpeechFile = keyof typeof BROWSER_SPEECH_FILES;

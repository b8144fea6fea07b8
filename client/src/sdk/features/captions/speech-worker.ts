/** The worker that turns the sound of a microphone into English text. The server lets its script run WebAssembly. */
import type { BrowserSpeechFile } from '@televisit/shared/speech/browser-files';
import { LocalSink } from '@televisit/shared/speech/local-sink';
import { Moonshine } from '@televisit/shared/speech/moonshine';
import { ONE_THREAD, type Onnx } from '@televisit/shared/speech/onnx';
import { Resampler, SPEECH_RATE } from '@televisit/shared/speech/resampler';
import { TranscriptionQueue } from '@televisit/shared/speech/transcription-queue';
import { VoiceModel } from '@televisit/shared/speech/voice-detector';

/** From the page to the worker. */
export type SpeechCommand =
  /** The first command, with the addresses of what to load. */
  | { readonly type: 'load'; readonly files: Readonly<Record<BrowserSpeechFile, string>> }
  | { readonly type: 'sound'; readonly samples: Float32Array<ArrayBuffer>; readonly rate: number }
  /** Nothing is to be heard for a while, or another microphone from now on. */
  | { readonly type: 'pause' };

/** From the worker to the page. */
export type SpeechReport =
  | { readonly type: 'ready' }
  | { readonly type: 'text'; readonly utterance: number; readonly text: string; readonly final: boolean }
  | { readonly type: 'failed'; readonly problem: 'unavailable' | 'device' };

/** onnxruntime-web, as far as it differs from onnxruntime-node. */
type WebOnnx = Onnx & {
  readonly env: { readonly wasm: { numThreads: number; wasmBinary?: ArrayBuffer } };
};

/** Silence that ends an utterance for certain, in samples. */
const PAUSE = 1.5 * SPEECH_RATE;
/** With more speech waiting, in milliseconds, the device is too slow: text would come ever later. */
const TOO_LATE_MS = 30_000;

const queue = new TranscriptionQueue();
let sink: LocalSink | null = null;
let resampler: { readonly rate: number; readonly of: Resampler } | null = null;

function report(message: SpeechReport): void {
  postMessage(message);
}

async function load(files: Readonly<Record<BrowserSpeechFile, string>>): Promise<void> {
  let problem: 'unavailable' | 'device' = 'unavailable';
  try {
    const onnx = (await import(/* @vite-ignore */ files.runtime)) as WebOnnx;
    const keys = ['vocabulary', 'wasm', 'voice', 'encoder', 'decoder'] as const;
    const [vocabulary, wasm, voice, encoder, decoder] = await Promise.all(
      keys.map((key) => bytes(files[key])),
    );
    if (!vocabulary || !wasm || !voice || !encoder || !decoder) throw new Error('a file is missing');
    problem = 'device';
    onnx.env.wasm.numThreads = 1;
    onnx.env.wasm.wasmBinary = wasm;
    const session = (model: ArrayBuffer) =>
      onnx.InferenceSession.create(new Uint8Array(model), { executionProviders: ['wasm'], ...ONE_THREAD });
    const detector = new VoiceModel(onnx, await session(voice)).detector();
    const moonshine = new Moonshine(onnx, {
      encoder: await session(encoder),
      decoder: await session(decoder),
      vocabulary: new Uint8Array(vocabulary),
    });
    sink = new LocalSink({
      detector,
      queue,
      recognize: (samples, isWanted) => moonshine.decode(samples, isWanted),
      hasInterim: true,
      listener: {
        interim: (utterance, text) => report({ type: 'text', utterance, text, final: false }),
        final: (utterance, text) => report({ type: 'text', utterance, text, final: true }),
        failed: () => report({ type: 'failed', problem: 'device' }),
      },
    });
    report({ type: 'ready' });
  } catch (error) {
    console.warn('televisit: speech can’t be transcribed', error);
    report({ type: 'failed', problem });
  }
}

async function bytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.arrayBuffer();
}

function hear(samples: Float32Array, rate: number): void {
  if (resampler?.rate !== rate) resampler = { rate, of: new Resampler(rate) };
  const sound = resampler.of.push(samples);
  sink?.push(sound, Date.now() - (sound.length / SPEECH_RATE) * 1000);
  if (queue.waitingMs > TOO_LATE_MS) report({ type: 'failed', problem: 'device' });
}

onmessage = ({ data }: MessageEvent<SpeechCommand>) => {
  if (data.type === 'load') void load(data.files);
  else if (data.type === 'sound') hear(data.samples, data.rate);
  else {
    resampler = null;
    sink?.push(new Float32Array(PAUSE), Date.now());
  }
};

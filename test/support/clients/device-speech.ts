import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BROWSER_SPEECH_FILES } from '@televisit/shared/speech/browser-files';
import { samplePath, type Sample } from '../fixtures/spoken-samples.ts';

const ASSETS = fileURLToPath(new URL('../../../client/dist/assets/', import.meta.url));
/** The rate of the microphone, in hertz: not the engine's. */
const RATE = 44_100;

/** A page of a browser, as far as it is needed here. */
export interface Tab {
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
}

/** What a page has heard. Times are milliseconds after the sound began. */
export interface Heard {
  /** Why the worker has failed; null while it has not. */
  readonly problem: string | null;
  /** How long the models took to load, in milliseconds; null until then. */
  readonly loadedMs: number | null;
  readonly texts: readonly { readonly text: string; readonly isFinal: boolean; readonly at: number }[];
}

/** Lets a page of a server start the worker that transcribes, as captions on the device do, and hear a sample. */
export async function hearOnDevice(
  tab: Tab,
  url: string,
  sample: Sample,
  isRealTime: boolean,
): Promise<() => Promise<Heard>> {
  const script = readdirSync(ASSETS).find((file) => file.startsWith('speech-worker-'));
  const files = Object.fromEntries(
    Object.entries(BROWSER_SPEECH_FILES).map(([key, file]) => [key, `${url}/speech/${file}`]),
  );
  const format = ['-ar', String(RATE), '-ac', '1', '-f', 's16le', '-'];
  const sound = execFileSync('ffmpeg', ['-v', 'error', '-i', samplePath(sample), ...format], {
    maxBuffer: 10_000_000,
  });
  const given = [`${url}/assets/${script}`, files, RATE, sound.toString('base64'), isRealTime];
  await tab.evaluate(`(${hear.toString()})(...${JSON.stringify(given)})`);
  return () => tab.evaluate<Heard>('heard');
}

/** Runs in the page: starts the worker as the page does, and lets it hear samples of 16 bits. */
function hear(address: string, files: object, rate: number, sound: string, isRealTime: boolean): void {
  const page = globalThis as unknown as {
    heard: {
      problem: string | null;
      loadedMs: number | null;
      texts: { text: string; isFinal: boolean; at: number }[];
    };
    trustedTypes?: {
      createPolicy(name: string, rules: object): { createScriptURL(address: string): string };
    };
  };
  page.heard = { problem: null, loadedMs: null, texts: [] };
  const policy = page.trustedTypes?.createPolicy('televisit-speech', {
    createScriptURL: (text: string) => text,
  });
  const loading = performance.now();
  let began = 0;
  const worker = new Worker(policy ? policy.createScriptURL(address) : address, { type: 'module' });
  worker.onerror = () => (page.heard.problem = 'error');
  worker.onmessage = ({
    data,
  }: MessageEvent<{ type: string; text: string; final: boolean; problem: string }>) => {
    if (data.type === 'failed') page.heard.problem = data.problem;
    if (data.type === 'text') {
      page.heard.texts.push({ text: data.text, isFinal: data.final, at: performance.now() - began });
    }
    if (data.type !== 'ready') return;
    began = performance.now();
    page.heard.loadedMs = began - loading;
    const bytes = Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0));
    const samples = Float32Array.from(new Int16Array(bytes.buffer), (sample) => sample / 32_768);
    const chunk = isRealTime ? 1024 : 4096;
    let start = 0;
    const send = (until: number) => {
      for (; start < until; start += chunk) {
        const part = new Float32Array(chunk);
        part.set(samples.subarray(start, start + chunk));
        worker.postMessage({ type: 'sound', samples: part, rate });
      }
    };
    if (isRealTime) {
      // Silence follows, as from a microphone that stays on.
      setInterval(() => send(((performance.now() - began) / 1000) * rate), 20);
    } else {
      send(samples.length);
      worker.postMessage({ type: 'pause' });
    }
  };
  worker.postMessage({ type: 'load', files });
}

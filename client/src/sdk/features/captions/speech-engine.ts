/// <reference types="vite/client" />
import type { OwnCaptionsProblem } from '@televisit/shared/features/captions.vocabulary';
import { BROWSER_SPEECH_FILES, type BrowserSpeechFile } from '@televisit/shared/speech/browser-files';
import { MicrophoneSound } from './microphone-sound.ts';
import type { SpeechCommand, SpeechReport } from './speech-worker.ts';
import workerUrl from './speech-worker.ts?worker&url';

/** Turns the sound of a microphone into text on this device. */
export interface OwnSpeechEngine {
  /** Sets what to listen to; null for nothing, as while the participant is muted. */
  setMicrophone(track: MediaStreamTrack | null): void;
  /** Stops at once and frees everything. Idempotent. */
  close(): void;
}

export interface OwnSpeechListener {
  /** The models are loaded. */
  ready(): void;
  /** A text of an utterance, which are counted from 1. It changes until it is final; an empty one takes the utterance back. */
  text(utterance: number, text: string, final: boolean): void;
  /** The engine has ended. */
  failed(problem: OwnCaptionsProblem): void;
}

/** @param baseUrl the server's address without a slash at the end; empty for the page's origin */
export type CreateSpeechEngine = (baseUrl: string, listener: OwnSpeechListener) => OwnSpeechEngine;

/** Vouches for the address of the worker; the content security policy of the page allows no other use of its name. */
const policy =
  typeof trustedTypes === 'undefined'
    ? null
    : trustedTypes.createPolicy('televisit-speech', {
        createScriptURL: (address) => {
          if (address !== workerUrl) throw new TypeError(address);
          return address;
        },
      });

/** Turns the sound of a microphone into English text, in a worker with a policy of its own that lets it run WebAssembly. */
class SpeechEngine implements OwnSpeechEngine {
  readonly #listener: OwnSpeechListener;
  readonly #worker: Worker;
  #track: MediaStreamTrack | null = null;
  #sound: MicrophoneSound | null = null;
  #isReady = false;
  #isClosed = false;

  constructor(baseUrl: string, listener: OwnSpeechListener) {
    this.#listener = listener;
    const address = policy ? policy.createScriptURL(workerUrl) : workerUrl;
    this.#worker = new Worker(address, { type: 'module', name: 'televisit-speech' });
    this.#worker.onmessage = ({ data }: MessageEvent<SpeechReport>) => this.#handle(data);
    this.#worker.onerror = () => this.#fail('unavailable');
    this.#send({ type: 'load', files: addressesOf(baseUrl) });
  }

  setMicrophone(track: MediaStreamTrack | null): void {
    if (this.#isClosed || track === this.#track) return;
    this.#track = track;
    this.#connect();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sound?.close();
    this.#worker.terminate();
  }

  /** Listens once the models are loaded, as nothing could be done with the sound before. */
  #connect(): void {
    this.#sound?.close();
    this.#sound = null;
    if (!this.#isReady) return;
    this.#send({ type: 'pause' });
    if (!this.#track) return;
    try {
      this.#sound = new MicrophoneSound(
        this.#track,
        (samples, rate) => this.#send({ type: 'sound', samples, rate }, [samples.buffer]),
        () => this.#fail('device'),
      );
    } catch {
      this.#fail('device');
    }
  }

  #handle(report: SpeechReport): void {
    if (this.#isClosed) return;
    if (report.type === 'ready') {
      this.#isReady = true;
      this.#connect();
      this.#listener.ready();
    } else if (report.type === 'text') {
      this.#listener.text(report.utterance, report.text, report.final);
    } else {
      this.#fail(report.problem);
    }
  }

  #fail(problem: 'unavailable' | 'device'): void {
    if (this.#isClosed) return;
    this.close();
    this.#listener.failed(problem);
  }

  #send(command: SpeechCommand, transfer: Transferable[] = []): void {
    this.#worker.postMessage(command, transfer);
  }
}

export function createSpeechEngine(baseUrl: string, listener: OwnSpeechListener): OwnSpeechEngine {
  return new SpeechEngine(baseUrl, listener);
}

function addressesOf(baseUrl: string): Record<BrowserSpeechFile, string> {
  const addresses = Object.entries(BROWSER_SPEECH_FILES).map(([key, name]) => [
    key,
    new URL(`${baseUrl}/speech/${name}`, location.href).href,
  ]);
  return Object.fromEntries(addresses) as Record<BrowserSpeechFile, string>;
}

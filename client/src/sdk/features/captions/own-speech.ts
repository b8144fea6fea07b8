import type { CaptionsView } from '@televisit/shared/features/captions';
import type { OwnCaptionsProblem } from '@televisit/shared/features/captions.vocabulary';
import { Backoff, Timers } from '../../core/timers.ts';
import type { FeatureContext } from '../feature.ts';
import type { CaptionsSlice } from './captions-state.ts';
import { createSpeechEngine, type CreateSpeechEngine, type OwnSpeechEngine } from './speech-engine.ts';

/** How soon to try again after the engine could not be loaded, in milliseconds. */
const RETRY = { delays: [5_000, 15_000, 60_000], jitter: 0.2 };
/**
 * How long the engine stays loaded, without listening, after the server no longer wants the speech, in milliseconds. After a
 * move, a server does so until the first reader has arrived.
 */
const REST_MS = 15_000;

/** Transcribes this participant while the server wants that, and sends the text. */
export class OwnSpeech {
  readonly #context: FeatureContext<CaptionsSlice>;
  readonly #createEngine: CreateSpeechEngine;
  readonly #timers = new Timers();
  readonly #backoff = new Backoff(RETRY);
  #engine: OwnSpeechEngine | null = null;
  /** The language that the server wants now; null for nothing. */
  #language: string | null = null;
  #view: CaptionsView | null = null;
  #problem: OwnCaptionsProblem | null = null;
  /** The number of the last utterance, as every engine counts its own from 1. */
  #utterance = 0;
  /** Set while the engine stays loaded without listening. */
  #cancelRest: (() => void) | null = null;

  constructor(context: FeatureContext<CaptionsSlice>, createEngine: CreateSpeechEngine) {
    this.#context = context;
    this.#createEngine = createEngine;
  }

  /** Does what the state wants; to be called after every change of it. */
  update(): void {
    const { phase, captions } = this.#context.store.state;
    const language = phase === 'joined' ? (captions.view?.ownSpeech ?? null) : null;
    const mayReturn = language === null && phase === 'joined' && captions.view?.consent === true;
    if (mayReturn && this.#engine) this.#cancelRest ??= this.#timers.after(REST_MS, () => this.stop());
    else this.#follow(language);
    this.#view = captions.view;
    this.#listen();
  }

  /** Stops at once and frees everything, until the next change of the state. */
  stop(): void {
    this.#timers.clear();
    this.#engine?.close();
    this.#engine = null;
    this.#cancelRest = null;
    this.#language = null;
    this.#problem = null;
    this.#backoff.reset();
  }

  #follow(language: string | null): void {
    this.#cancelRest?.();
    this.#cancelRest = null;
    if (language !== this.#language) {
      this.stop();
      this.#language = language;
      if (language !== null) this.#start(language);
    } else if (this.#context.store.state.captions.view !== this.#view && this.#problem !== null) {
      // Another connection, or another server, does not know it yet.
      this.#report(this.#problem);
    }
  }

  #start(language: string): void {
    const problem = problemOfDevice(language, globalThis);
    if (problem !== null) {
      this.#report(problem);
      return;
    }
    const before = this.#utterance;
    const { baseUrl } = this.#context.request();
    const engine = this.#createEngine(baseUrl, {
      ready: () => {
        this.#backoff.reset();
        if (this.#problem !== null) this.#report(null);
      },
      text: (utterance, text, final) => {
        if (this.#engine !== engine) return;
        this.#utterance = before + utterance;
        if (!this.#cancelRest) this.#send({ utterance: this.#utterance, text, final });
      },
      failed: (reason) => {
        if (this.#engine === engine) this.#failed(reason, language);
      },
    });
    this.#engine = engine;
    this.#listen();
  }

  #failed(problem: OwnCaptionsProblem, language: string): void {
    this.#engine?.close();
    this.#engine = null;
    this.#report(problem);
    // What a device can't do, it can't do later either.
    if (problem === 'unavailable') this.#timers.after(this.#backoff.next(), () => this.#start(language));
  }

  #listen(): void {
    const microphone = this.#context.local()?.sources.microphone;
    const isHeard = microphone?.state === 'on' && !this.#cancelRest;
    this.#engine?.setMicrophone(isHeard ? microphone.track : null);
  }

  /** What can't be sent is lost: the server no longer wants it, or the connection is lost. */
  #send(said: { readonly utterance: number; readonly text: string; readonly final: boolean }): void {
    this.#context.signaling.request('captions:say', said).catch(() => undefined);
  }

  #report(problem: OwnCaptionsProblem | null): void {
    this.#problem = problem;
    this.#context.signaling.request('captions:problem', { problem }).catch(() => undefined);
  }
}

/** Transcribes this participant from now on, whenever the server wants that. */
export function followOwnSpeech(
  context: FeatureContext<CaptionsSlice>,
  createEngine: CreateSpeechEngine = createSpeechEngine,
): OwnSpeech {
  const own = new OwnSpeech(context, createEngine);
  context.store.subscribe(() => own.update());
  own.update();
  return own;
}

/** The parts of a browser on which it depends whether it can transcribe. */
interface Abilities {
  readonly navigator?: { readonly userAgent: string; readonly maxTouchPoints?: number };
  readonly WebAssembly?: unknown;
  readonly Worker?: unknown;
  readonly AudioWorkletNode?: unknown;
}

/** Returns why a browser can't transcribe a language (BCP 47); null if it may try. */
export function problemOfDevice(
  language: string,
  { navigator, WebAssembly, Worker, AudioWorkletNode }: Abilities,
): OwnCaptionsProblem | null {
  if (!/^en(-|$)/i.test(language)) return 'language';
  const { userAgent = '', maxTouchPoints = 0 } = navigator ?? {};
  // Phones and tablets have neither the memory nor the battery. An iPad says that it is a Mac.
  const isMobile =
    /Android|iPhone|iPad|iPod|Mobile/.test(userAgent) ||
    (userAgent.includes('Macintosh') && maxTouchPoints > 1);
  return isMobile || !WebAssembly || !Worker || !AudioWorkletNode ? 'device' : null;
}

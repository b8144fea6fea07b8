import type { CaptionsProblem, OwnCaptionsProblem } from '@televisit/shared/features/captions.vocabulary';
import type { Payload } from '@televisit/shared/signaling';
import type { Clock } from '../../core/clock.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Transcript } from './transcription.ts';

export interface DeviceTranscriptionOptions {
  readonly newId: () => string;
  readonly clock: Clock;
  readonly onText: (transcript: Transcript) => void;
  /** Called when `problem` has changed. */
  readonly onProblem: () => void;
}

/** A page that transcribes its person, and what it said so far. */
interface Page {
  readonly connection: MemberConnection;
  /** Distinguishes its utterances from those of another page or connection, which are counted from 1 as well. */
  readonly id: string;
  /** The utterance that is not final. */
  open: { readonly utterance: number; readonly startedAt: number } | null;
  lastFinal: number;
}

/** The speech of one person that their own page transcribes. */
export class DeviceTranscription {
  readonly #options: DeviceTranscriptionOptions;
  #page: Page | null = null;
  #problem: CaptionsProblem | null = null;

  constructor(options: DeviceTranscriptionOptions) {
    this.#options = options;
  }

  /** Why the page can't transcribe the person; null if it can, or has not said otherwise. */
  get problem(): CaptionsProblem | null {
    return this.#problem;
  }

  /** Takes a text of the page. Nothing changes a final one, and what comes after it late is ignored. */
  say(connection: MemberConnection, { utterance, text, final }: Payload<'captions:say'>): void {
    const page = this.#pageOf(connection);
    if (utterance <= page.lastFinal || utterance < (page.open?.utterance ?? 0)) return;
    if (page.open?.utterance !== utterance) this.#takeBack();
    const startedAt = page.open?.startedAt ?? this.#options.clock.now();
    page.open = final ? null : { utterance, startedAt };
    if (final) page.lastFinal = utterance;
    this.#setProblem(null);
    this.#options.onText({ utterance: `${page.id}-${utterance}`, text, final, startedAt });
  }

  /** Takes the page's report on whether it can transcribe. */
  report(connection: MemberConnection, problem: OwnCaptionsProblem | null): void {
    this.#pageOf(connection);
    this.#setProblem(problem);
  }

  /** A page is gone: what it left unfinished disappears, and another one may be able to do what it could not. */
  disconnected(connection: MemberConnection): void {
    if (this.#page?.connection !== connection) return;
    this.#takeBack();
    this.#page = null;
    this.#setProblem(null);
  }

  /** Takes back what is on screens and will not become final. Idempotent. */
  close(): void {
    this.#takeBack();
    this.#page = null;
  }

  #pageOf(connection: MemberConnection): Page {
    if (this.#page?.connection === connection) return this.#page;
    this.#takeBack();
    this.#page = { connection, id: this.#options.newId(), open: null, lastFinal: 0 };
    return this.#page;
  }

  #takeBack(): void {
    const page = this.#page;
    if (!page?.open) return;
    const { utterance, startedAt } = page.open;
    page.open = null;
    page.lastFinal = utterance;
    this.#options.onText({ utterance: `${page.id}-${utterance}`, text: '', final: true, startedAt });
  }

  #setProblem(problem: CaptionsProblem | null): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.onProblem();
  }
}

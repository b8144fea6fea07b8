import { z } from 'zod';
import type { Clock } from '../core/clock.ts';

/** Translates what people say. */
export interface Translator {
  /**
   * Translates a text between two languages (BCP 47).
   * @throws {TranslationError} if the service does not answer, refuses, or does not know a language
   */
  translate(text: string, source: string, target: string): Promise<string>;
}

export class TranslationError extends Error {
  override readonly name = 'TranslationError';
}

/** A service with the API of LibreTranslate. */
export interface TranslationSettings {
  /** Without a slash at the end. */
  readonly url: string;
  readonly apiKey: string | null;
}

export interface LibreTranslateOptions extends TranslationSettings {
  readonly clock: Clock;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** Later than that, a reader has gone on to the next sentence. */
const TIMEOUT_MS = 4000;
/** A translation is not much longer than its text. */
const MAX_ANSWER_BYTES = 64 * 1024;

const answer = z.object({ translatedText: z.string() });

/** Translates with `POST /translate` of LibreTranslate. Texts are sent to no other address: redirects are refused. */
export class LibreTranslate implements Translator {
  readonly #options: Required<LibreTranslateOptions>;

  constructor(options: LibreTranslateOptions) {
    this.#options = { timeoutMs: TIMEOUT_MS, ...options };
  }

  async translate(text: string, source: string, target: string): Promise<string> {
    const { url, apiKey, clock, timeoutMs } = this.#options;
    const deadline = new AbortController();
    const cancel = clock.after(timeoutMs, () => deadline.abort());
    try {
      const response = await fetch(`${url}/translate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({
          q: text,
          source: languageOf(source),
          target: languageOf(target),
          format: 'text',
          ...(apiKey === null ? {} : { api_key: apiKey }),
        }),
        redirect: 'error',
        signal: deadline.signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw new TranslationError(`The translation service answered with ${response.status}.`);
      }
      return answer.parse(JSON.parse(await readText(response))).translatedText;
    } catch (error) {
      if (error instanceof TranslationError) throw error;
      const why = deadline.signal.aborted ? `did not answer within ${timeoutMs} ms` : 'failed';
      throw new TranslationError(`The translation service ${why}.`, { cause: error });
    } finally {
      cancel();
    }
  }
}

/** The service knows languages without regions. */
function languageOf(tag: string): string {
  return (tag.split('-', 1)[0] ?? tag).toLowerCase();
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new TranslationError('The answer of the translation service is too large.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

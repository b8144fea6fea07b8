import { SECRETS } from '../infra/settings.ts';

/** The names of fields, headers and parameters whose values must reach no log. */
const PRIVATE =
  /url$|uri$|link|token|password|^pwd$|secret|zak|jwt|signature|authorization|email|phone|name$|^(to|text|body|tk|p256dh|auth|endpoint|assertion)$/i;
/** Names and values of the API that are no secrets although their fields have such names. */
const PUBLIC = /^([\w.]{0,7}|video visit|credentials|https?:\/\/[^/?#]+\/?)$/i;
/** What no line may contain, whoever it is about. */
const SHAPES: readonly RegExp[] = [
  /eyJ[\w-]{10,}/,
  /[\w.+-]+@[a-z\d-]+\.[a-z]{2,}/i,
  /(?<![\w.:-])\+\d{7,15}\b/,
  /[?&#](token|pwd|zak|tk|jwt)=/,
  /\/j\/[\w-]{20,}/,
];

/**
 * The secrets and personal values of servers under test, of which no line of a log and no span may contain any: those that are
 * added, and those in requests and answers that are read.
 */
export class PrivateValues {
  readonly #values = new Set<string>();

  constructor() {
    this.add(...SECRETS.internal, ...SECRETS.tokens);
  }

  /** Adds values that no line may contain. */
  add(...values: readonly string[]): void {
    for (const value of values) {
      if (value.length > 4 && !PUBLIC.test(value)) this.#values.add(value);
    }
  }

  /** The number of different values that no line may contain. */
  get size(): number {
    return this.#values.size;
  }

  /** Returns the lines with a secret or personal value, each with the value; not the value twice. */
  leaksIn(lines: readonly string[]): readonly string[] {
    return lines.flatMap((line) => {
      const value = [...this.#values].find(
        (one) => line.includes(one) || line.includes(encodeURIComponent(one)),
      );
      const shape = SHAPES.find((one) => one.test(line));
      if (value === undefined && !shape) return [];
      return [`${value ?? String(shape)} in ${line}`];
    });
  }

  readRequest({ url, headers }: Request, body: string): void {
    this.#readAddress(url);
    for (const [name, value] of headers) this.#readField(name, value.replace(/^(Bearer|Basic) /, ''));
    this.readBody(body);
  }

  /** Reads JSON or a form; everything else has no fields. */
  readBody(text: string): void {
    try {
      this.#readValue('', JSON.parse(text));
    } catch {
      if (/^[\w%.+-]+=/.test(text)) this.#readForm(new URLSearchParams(text));
    }
  }

  #readAddress(url: string): void {
    const { searchParams, hash } = new URL(url);
    this.#readForm(searchParams);
    this.#readForm(new URLSearchParams(hash.slice(1)));
  }

  #readForm(form: URLSearchParams): void {
    for (const [name, value] of form) this.#readField(name, value);
  }

  #readValue(name: string, value: unknown): void {
    if (typeof value === 'string') this.#readField(name, value);
    else if (Array.isArray(value)) for (const one of value) this.#readValue(name, one);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) this.#readValue(key, one);
    }
  }

  #readField(name: string, value: string): void {
    if (!PRIVATE.test(name)) return;
    this.add(value);
    if (URL.canParse(value)) this.#readAddress(value);
  }
}

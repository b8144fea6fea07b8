import { expect, onTestFinished, vi } from 'vitest';
import { PrivateValues } from './private-values.ts';

/**
 * Collects the lines that servers log, and every secret and personal value that passes through `fetch` meanwhile: in addresses,
 * headers and bodies of requests and answers, of the servers, the doubles and the test itself.
 */
export class LogAudit {
  readonly lines: string[] = [];
  readonly #values = new PrivateValues();

  /** Watches until the end of the test. */
  static start(): LogAudit {
    const audit = new LogAudit();
    const send = globalThis.fetch;
    const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input instanceof Request ? input.clone() : input, init);
      audit.#values.readRequest(request, await request.text());
      const response = await send(input, init);
      // Answers of the other side may not end while it stalls, so they are read when they come.
      void response
        .clone()
        .text()
        .then(
          (text) => audit.#values.readBody(text),
          () => undefined,
        );
      return response;
    });
    onTestFinished(() => spy.mockRestore());
    return audit;
  }

  /** Adds values that no line may contain. */
  add(...values: readonly string[]): void {
    this.#values.add(...values);
  }

  /** The number of different values that no line may contain. */
  get size(): number {
    return this.#values.size;
  }

  /** Returns the lines with a secret or personal value, each with the value; not the value twice. */
  leaks(): readonly string[] {
    return this.#values.leaksIn(this.lines);
  }

  /** Requires that a line has this message. */
  expectLine(message: string): void {
    expect(this.lines.some((line) => (JSON.parse(line) as { msg?: string }).msg === message)).toBe(true);
  }
}

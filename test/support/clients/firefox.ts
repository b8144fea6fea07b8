import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command, Reply } from './firefox-driver.ts';
import { insideNamespace } from '../netlab/index.ts';

const DRIVER = fileURLToPath(new URL('firefox-driver.ts', import.meta.url));

/** Firefox ESR in a network namespace, with one page. */
export class Firefox {
  readonly #driver: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 0;

  constructor(namespace: string) {
    const [command, args] = insideNamespace(namespace, process.execPath, [DRIVER]);
    this.#driver = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#driver.on('message', (reply: Reply) => this.#waiting.get(reply.id)?.(reply));
  }

  goto(url: string): Promise<unknown> {
    return this.#ask({ op: 'goto', url });
  }

  /** @param embedded whether the element is in an iframe of the page */
  click(testId: string, embedded = false): Promise<unknown> {
    return this.#ask({ op: 'click', selector: `[data-testid="${testId}"]`, embedded });
  }

  /** @param embedded whether the element is in an iframe of the page */
  waitFor(testId: string, embedded = false): Promise<unknown> {
    return this.#ask({ op: 'waitFor', selector: `[data-testid="${testId}"]`, embedded });
  }

  /** Runs a function in the page with one argument; both must survive as text. */
  async evaluate<T, A>(script: (argument: A) => T | Promise<T>, argument: A): Promise<T> {
    return (await this.#ask({
      op: 'evaluate',
      script: `(${script.toString()})(${JSON.stringify(argument)})`,
    })) as T;
  }

  screenshot(path: string): Promise<unknown> {
    return this.#ask({ op: 'screenshot', path });
  }

  /** `fetch` from inside the namespace. */
  readonly fetch: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    // Only plain data can be passed to the other process; a signal cannot.
    const { method = 'GET', body = null, headers } = init ?? {};
    const plain = { method, body, headers: Object.fromEntries(new Headers(headers)) };
    const answer = await this.#ask({ op: 'fetch', url, init: plain });
    const { text, ...rest } = answer as { status: number; headers: Record<string, string>; text: string };
    return new Response(text, rest);
  };

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#driver.once('exit', resolve));
    this.#ask({ op: 'close' }).catch(() => undefined);
    await ended;
  }

  async #ask(command: Command): Promise<unknown> {
    const id = this.#next++;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#driver.send({ id, command });
    });
    this.#waiting.delete(id);
    if ('error' in reply) throw new Error(`${command.op}: ${reply.error}`);
    return reply.value;
  }
}

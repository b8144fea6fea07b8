import type { ServerProcess } from '../infra/server-process.ts';
import { until } from '../infra/until.ts';

/**
 * The inspector of a server process that runs with `--inspect`: collects its garbage, so that what remains is in use. The server
 * itself has no such function.
 */
export class HeapInspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  static async connect(server: ServerProcess): Promise<HeapInspector> {
    const address = () => /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(server.output)?.[0];
    await until('the inspector listens', () => address() !== undefined);
    const socket = new WebSocket(address()!);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    return new HeapInspector(socket);
  }

  /** Collects all garbage. @returns the size of the live objects, in bytes */
  async collect(): Promise<number> {
    // Objects with finalizers go in the second round.
    for (let round = 0; round < 2; round++) await this.#call('HeapProfiler.collectGarbage');
    const { usedSize } = (await this.#call('Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string): Promise<unknown> {
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}

import { onTestFinished } from 'vitest';
import { ServerProcess, type ServerProcessOptions } from './server-process.ts';
import { TestServer, type TestServerOptions } from './test-server.ts';

interface Lifetime {
  /** `test` (the default) closes the server after the test; a hook or bench closes its own. */
  readonly closedBy?: 'test' | 'caller';
}

type InThisProcess = TestServerOptions & Lifetime & { readonly process?: never };
type InItsOwnProcess = Omit<ServerProcessOptions, 'program'> &
  Lifetime & { readonly process: NonNullable<ServerProcessOptions['program']> };

/**
 * Starts a server on the loopback address with real workers, a store and free ports. Without `process` it runs in this process,
 * where a test may set its clock and read its objects; with `process` it is a process that a test may kill. Resolves when the
 * server listens. `Cluster` starts several such processes behind one address.
 */
export function startServer(options?: InThisProcess): Promise<TestServer>;
export function startServer(options: InItsOwnProcess): Promise<ServerProcess>;
export async function startServer(
  options: InThisProcess | InItsOwnProcess = {},
): Promise<TestServer | ServerProcess> {
  if (options.process === undefined) {
    const { closedBy, ...rest } = options;
    const server = await TestServer.open(rest);
    if (closedBy !== 'caller') onTestFinished(() => server.close());
    return server;
  }
  const { closedBy, process: program, ...rest } = options;
  const server = new ServerProcess({ ...rest, program });
  if (closedBy !== 'caller') onTestFinished(() => server.close());
  await server.listening();
  return server;
}

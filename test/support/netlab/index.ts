import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder, removeFolder } from '../infra/temporary-folder.ts';
import { compileRelay, whyNoLab } from './compile.ts';
import { Forward } from './forward.ts';
import { Link, type LineQuality } from './link.ts';
import { insideNamespace, ip, Namespaces } from './namespaces.ts';

export type { Blocked, LineQuality, Link } from './link.ts';
export { insideNamespace } from './namespaces.ts';

/** A network namespace, by the name for `ip netns exec`, and its address in the lab. */
export interface Place {
  readonly namespace: string;
  readonly address: string;
}

/** The place of a client, with its line to the server. */
export interface ClientPlace extends Place {
  readonly link: Link;
}

export interface LabOptions {
  /** Number of clients around the server, 1 by default. */
  readonly clients?: number;
  /** Initial quality of every line; perfect by default. */
  readonly line?: Partial<LineQuality>;
}

const SERVER_ADDRESS = '10.79.0.1';

/** Returns whether labs can be made here; if not, reports which tests are skipped and what is missing. */
export function labAvailable(forWhat: string): boolean {
  const missing = whyNoLab();
  if (missing !== null) console.warn(`SKIPPED: ${forWhat}. It needs ${missing}.`);
  return missing === null;
}

/**
 * A server and clients in network namespaces of their own, each client on its own line. The machine's network is not
 * touched, and labs do not see each other. Clients reach the server, not each other.
 */
export class NetworkLab {
  readonly server: Place;
  readonly clients: readonly ClientPlace[];
  readonly #namespaces: Namespaces;
  readonly #folder: string;
  readonly #forwards: Forward[] = [];
  /** Addresses of clients that have changed network, by namespace. */
  readonly #newAddresses = new Map<string, string>();

  /** @throws {Error} if a namespace or a line cannot be made; nothing is left then */
  static async create({ clients = 1, line = {} }: LabOptions = {}): Promise<NetworkLab> {
    const missing = whyNoLab();
    if (missing !== null) throw new Error(`A network lab needs ${missing}.`);
    const namespaces = new Namespaces();
    const folder = makeTemporaryFolder();
    try {
      const unique = randomBytes(4).toString('hex');
      const server = { namespace: `server-${unique}`, address: SERVER_ADDRESS };
      namespaces.add(server.namespace);
      ip('-n', server.namespace, 'addr', 'add', `${server.address}/32`, 'dev', 'lo');
      const relay = compileRelay(folder);
      const places: ClientPlace[] = [];
      for (let index = 0; index < clients; index++) {
        const place = { namespace: `client-${unique}-${index}`, address: `10.79.1.${index + 1}` };
        namespaces.add(place.namespace);
        places.push({ ...place, link: layLine(relay, server, place, `line${index}`) });
      }
      // The first setting is answered when the relay is up.
      await Promise.all(places.map(({ link }) => link.set(line)));
      return new NetworkLab(server, places, namespaces, folder);
    } catch (error) {
      await namespaces.close();
      removeFolder(folder);
      throw error;
    }
  }

  private constructor(
    server: Place,
    clients: readonly ClientPlace[],
    namespaces: Namespaces,
    folder: string,
  ) {
    this.server = server;
    this.clients = clients;
    this.#namespaces = namespaces;
    this.#folder = folder;
  }

  /** The first client. @throws {Error} if the lab has none */
  get client(): ClientPlace {
    const [first] = this.clients;
    if (!first) throw new Error('This lab has no client.');
    return first;
  }

  /** Starts a program in a place; it ends with the lab at the latest. */
  run(place: Place, command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [wrapped, wrappedArgs] = insideNamespace(place.namespace, command, args);
    return spawn(wrapped, wrappedArgs, options);
  }

  /** Runs a program in a place to its end. @returns its output @throws {Error} if it fails */
  async output(place: Place, command: string, args: readonly string[]): Promise<string> {
    const child = this.run(place, command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${command} ended with ${code} in ${place.namespace}.`);
    return text;
  }

  /** Returns the path of an executable that runs a command in a place, for tools that take only a path. */
  executable(place: Place, command: string): string {
    const file = join(this.#folder, `run-${place.namespace}`);
    const [wrapped, args] = insideNamespace(place.namespace, command, ['"$@"']);
    writeFileSync(file, `#!/bin/sh\nexec ${wrapped} ${args.join(' ')}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** Returns a URL on this machine's loopback address that leads to a port of the server, past every line. */
  async reach(port: number): Promise<string> {
    const forward = await Forward.open(this.server.namespace, this.server.address, port);
    this.#forwards.push(forward);
    return forward.url;
  }

  /**
   * Moves a client to another network: it gets a new address, and loses the old one with its connections.
   * @returns the new address
   */
  changeAddress({ namespace, address: first }: ClientPlace): string {
    const device = this.#deviceOf(namespace);
    const address = this.#newAddresses.get(namespace) ?? first;
    const fresh = nextNetwork(address);
    this.#newAddresses.set(namespace, fresh);
    ip('-n', this.server.namespace, 'route', 'add', `${fresh}/32`, 'dev', device, 'src', this.server.address);
    ip('-n', namespace, 'addr', 'add', `${fresh}/32`, 'dev', device);
    ip('-n', namespace, 'route', 'replace', `${this.server.address}/32`, 'dev', device, 'src', fresh);
    ip('-n', namespace, 'addr', 'del', `${address}/32`, 'dev', device);
    ip('-n', this.server.namespace, 'route', 'del', `${address}/32`, 'dev', device);
    return fresh;
  }

  #deviceOf(namespace: string): string {
    return `line${this.clients.findIndex((client) => client.namespace === namespace)}`;
  }

  /** Idempotent. Ends running programs of the lab and removes everything that it made. */
  async close(): Promise<void> {
    for (const forward of this.#forwards) forward.close();
    await Promise.all(this.clients.map(({ link }) => link.close()));
    await this.#namespaces.close();
    removeFolder(this.#folder);
  }
}

/** Returns the same host in the next network. */
function nextNetwork(address: string): string {
  return address.replace(
    /\.(\d+)\.(\d+)$/,
    (_, network: string, host: string) => `.${Number(network) + 1}.${host}`,
  );
}

/** Creates a TUN device at each end, with a route to the other end, and the relay that carries packets between them. */
function layLine(relay: string, server: Place, client: Place, device: string): Link {
  for (const [here, there] of [
    [server, client],
    [client, server],
  ] as const) {
    ip('-n', here.namespace, 'tuntap', 'add', 'dev', device, 'mode', 'tun');
    // A queue as long as the relay's own, so that bursts wait there and not before.
    ip('-n', here.namespace, 'link', 'set', device, 'txqueuelen', '10000', 'up');
    if (here === client) ip('-n', here.namespace, 'addr', 'add', `${here.address}/32`, 'dev', device);
    ip('-n', here.namespace, 'route', 'add', `${there.address}/32`, 'dev', device, 'src', here.address);
  }
  const args = [server.namespace, device, client.namespace, device];
  return new Link(spawn(relay, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
}

/** Closed by the caller. */
export function createLab(options?: LabOptions): Promise<NetworkLab> {
  return NetworkLab.create(options);
}

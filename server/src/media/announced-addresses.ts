import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import { every, type Loop } from '../core/timing.ts';
import type { Clock } from '../core/clock.ts';

/** Resolves a host name to IP addresses. @throws if it has none */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface AnnouncedAddressesOptions {
  /** IP addresses and host names; empty for the addresses on which media is received. */
  readonly hosts: readonly string[];
  /** The IP addresses on which media is received. */
  readonly listenIps: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: the machine's resolver, which also reads its hosts file. */
  readonly resolve?: Resolve;
}

/** An announced address can't work; the message names it, the cause and the remedy. */
export class AnnouncedAddressError extends Error {
  override readonly name = 'AnnouncedAddressError';
}

/** How often host names are resolved again, in milliseconds. */
export const RESOLVE_MS = 30_000;

/**
 * The IP addresses at which clients reach this server's media. Host names are resolved here, because browsers do not resolve
 * them in ICE candidates (Firefox drops such a candidate silently), and again while the server runs.
 */
export class AnnouncedAddresses implements AsyncDisposable {
  readonly #options: AnnouncedAddressesOptions;
  readonly #resolve: Resolve;
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #failing = new Set<string>();
  #loop: Loop | undefined;

  private constructor(options: AnnouncedAddressesOptions) {
    this.#options = options;
    this.#resolve = options.resolve ?? resolveByMachine;
  }

  /** Resolves all names. @throws {AnnouncedAddressError} if clients could not use one of them */
  static async open(options: AnnouncedAddressesOptions): Promise<AnnouncedAddresses> {
    const self = new AnnouncedAddresses(options);
    const { hosts, clock, logger } = options;
    await Promise.all(
      hosts.map(async (host) => self.#addresses.set(host, await self.#usableAddressesOf(host))),
    );
    if (hosts.some((host) => isIP(host) === 0)) {
      self.#loop = every(
        clock,
        RESOLVE_MS,
        () => self.#resolveAgain(),
        (error) => logger.error({ err: error }, 'failed to resolve announced addresses'),
      );
    }
    return self;
  }

  /** The current addresses without duplicates; empty if media is announced at the addresses on which it is received. */
  get current(): readonly string[] {
    return [...new Set(this.#options.hosts.flatMap((host) => this.#addresses.get(host) ?? []))];
  }

  /** Stops resolving. Idempotent. */
  async close(): Promise<void> {
    await this.#loop?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #resolveAgain(): Promise<void> {
    const { hosts, logger } = this.#options;
    for (const host of hosts) {
      if (isIP(host) !== 0) continue;
      const before = this.#addresses.get(host) ?? [];
      try {
        const after = await this.#usableAddressesOf(host);
        this.#failing.delete(host);
        if (after.join() === before.join()) continue;
        this.#addresses.set(host, after);
        logger.info({ host, before, after }, 'announced address changed');
      } catch (error) {
        // The previous addresses most likely still work.
        if (!this.#failing.has(host))
          logger.warn({ err: error, host, kept: before }, 'failed to resolve announced address');
        this.#failing.add(host);
      }
    }
  }

  async #usableAddressesOf(host: string): Promise<readonly string[]> {
    const { listenIps } = this.#options;
    const all = isIP(host) === 0 ? await this.#lookUp(host) : [host];
    const usable = all.filter((address) => listenIps.some((ip) => canReceive(ip, address, listenIps)));
    if (usable.length > 0) return usable.toSorted();
    const family = all.some(isIPv6) ? 'IPv6' : 'IPv4';
    const subject = isIP(host) === 0 ? `${host} (${all.join(', ')})` : host;
    throw new AnnouncedAddressError(
      `ANNOUNCED_ADDRESS ${subject} is an ${family} address, but media is received on ${listenIps.join(', ')} only. ` +
        `Add ${family === 'IPv6' ? '::' : '0.0.0.0'} to LISTEN_IP, or remove the address.`,
    );
  }

  async #lookUp(host: string): Promise<readonly string[]> {
    try {
      return await this.#resolve(host);
    } catch (error) {
      throw new AnnouncedAddressError(
        `ANNOUNCED_ADDRESS ${host} can’t be resolved to an IP address (${(error as NodeJS.ErrnoException).code ?? String(error)}). ` +
          'Use an IP address, or a name that this machine can resolve.',
        { cause: error },
      );
    }
  }
}

/** Returns whether media that is sent to an announced address arrives at the address that is listened on. */
export function canReceive(listenIp: string, address: string, listenIps: readonly string[]): boolean {
  return isIPv6(listenIp) === isIPv6(address) || isDualStack(listenIp, listenIps);
}

/** Returns whether a socket on this address receives IPv4 too: the IPv6 wildcard does, unless IPv4 has a socket of its own. */
export function isDualStack(ip: string, listenIps: readonly string[]): boolean {
  return ip === '::' && listenIps.every(isIPv6);
}

async function resolveByMachine(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

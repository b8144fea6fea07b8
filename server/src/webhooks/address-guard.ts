import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SendError } from './send-error.ts';

/** A host that may be reached over http and at any address, on one port or all. */
export interface AllowedHost {
  /** In the form of `URL.hostname`. */
  readonly hostname: string;
  /** Null for every port. */
  readonly port: number | null;
}

/** Resolves a name to all of its addresses. @throws if it has none */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
/** The maximum number of concurrent lookups, because each blocks one of the few threads that file access needs too. */
const MAX_LOOKUPS = 2;
/** The global unicast addresses of IPv6 (RFC 4291, 2.4). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Parses a host such as `receiver.internal`, `localhost:4000`, `10.0.0.7` or `[fd00::7]:8443`. @returns null if it is invalid */
export function parseAllowedHost(text: string): AllowedHost | null {
  if (/[/?#@\s*\\]/.test(text) || !URL.canParse(`https://${text}`)) return null;
  const { hostname } = new URL(`https://${text}`);
  const [, port] = /:(\d{1,5})$/.exec(text.replace(/^\[[^\]]*\]/, '')) ?? [];
  return { hostname, port: port === undefined ? null : Number(port) };
}

/**
 * Returns whether an address is public: neither loopback, private, link-local (as cloud metadata services are), shared
 * (RFC 6598), multicast, documentation or reserved, nor IPv6 that embeds an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || (parsed.zoneId === undefined && parsed.match(GLOBAL_IPV6));
}

/** Keeps webhooks away from private networks (SSRF). An operator can exempt hosts. */
export class AddressGuard {
  readonly #allowed: readonly AllowedHost[];
  readonly #resolve: Resolve;
  /** The lookups under way by name, so that an unresponsive name server blocks only one lookup of a name. */
  readonly #resolving = new Map<string, Promise<readonly LookupAddress[]>>();

  readonly #waiting: (() => void)[] = [];
  #lookups = 0;

  constructor(allowed: readonly AllowedHost[], resolve: Resolve = resolveAll) {
    this.#allowed = allowed;
    this.#resolve = resolve;
  }

  /** Returns why webhooks may not go to a URL, in words that follow its name; null if they may, unless its addresses are forbidden. */
  objection(url: string): string | null {
    if (!URL.canParse(url)) return 'must be an address such as https://example.org/webhooks';
    const { protocol, hostname, username, password, hash } = new URL(url);
    if (protocol !== 'https:' && protocol !== 'http:') return 'must be an https address';
    if (username || password) return 'must not hold a user name or a password';
    if (hash) return 'must not have a fragment (#…)';
    if (this.#allows(new URL(url))) return null;
    if (protocol === 'http:') return 'must be https; http is only for hosts of WEBHOOK_ALLOW_HOSTS';
    const literal = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
      return 'must not be an address of a private or reserved network, unless WEBHOOK_ALLOW_HOSTS has it';
    }
    return null;
  }

  /** Returns the parsed URL. @throws {SendError} `url_forbidden` if webhooks may not go there */
  check(url: string): URL {
    const objection = this.objection(url);
    if (objection !== null) throw new SendError('url_forbidden', `The URL ${objection}.`);
    return new URL(url);
  }

  /**
   * Returns the lookup function for a connection to a URL. It returns the addresses that it has checked, so that the name
   * can't resolve to others afterwards. One forbidden address is enough to reject the name.
   */
  lookupFor(url: URL): LookupFunction {
    const unchecked = this.#allows(url);
    return (hostname, { family, all }, callback) => {
      this.#checked(hostname, unchecked, family).then(
        (addresses) => {
          if (all === true) callback(null, [...addresses]);
          else callback(null, addresses[0].address, addresses[0].family);
        },
        (error: unknown) => callback(SendError.from(error), ''),
      );
    };
  }

  /** @throws {SendError} `address_forbidden`, `dns` */
  async #checked(
    hostname: string,
    unchecked: boolean,
    family: number | string | undefined,
  ): Promise<[LookupAddress, ...LookupAddress[]]> {
    const all = await this.#addresses(hostname);
    if (!unchecked && !all.every(({ address }) => isPublicAddress(address))) {
      throw new SendError(
        'address_forbidden',
        `${hostname} has an address of a private or reserved network.`,
      );
    }
    const wanted = /[46]$/.exec(String(family ?? 0))?.[0];
    const [first, ...others] = all.filter((one) => wanted === undefined || String(one.family) === wanted);
    if (!first) throw new SendError('dns', `${hostname} has no address.`);
    return [first, ...others];
  }

  #addresses(hostname: string): Promise<readonly LookupAddress[]> {
    const known = this.#resolving.get(hostname);
    if (known) return known;
    const found = this.#inTurn(hostname).finally(() => this.#resolving.delete(hostname));
    this.#resolving.set(hostname, found);
    return found;
  }

  async #inTurn(hostname: string): Promise<readonly LookupAddress[]> {
    while (this.#lookups >= MAX_LOOKUPS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#lookups += 1;
    try {
      return await this.#resolve(hostname);
    } finally {
      this.#lookups -= 1;
      this.#waiting.shift()?.();
    }
  }

  #allows({ protocol, hostname, port }: URL): boolean {
    const actual = port === '' ? DEFAULT_PORTS[protocol] : Number(port);
    return this.#allowed.some(
      (allowed) => allowed.hostname === hostname && (allowed.port === null || allowed.port === actual),
    );
  }
}

/** Resolves a name as the operating system does, including the hosts file. */
function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}

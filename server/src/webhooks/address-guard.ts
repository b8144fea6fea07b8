import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SendError } from './send-error.ts';

/** A host that may be reached by http and under any address; on one port alone where it names one. */
export interface AllowedHost {
  /** As `URL.hostname` writes it. */
  readonly hostname: string;
  /** Null for every port. */
  readonly port: number | null;
}

/** All addresses of a name. @throws where it has none */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
/** So many lookups at once: each holds one of the few threads that files need too, while a name server is silent. */
const MAX_LOOKUPS = 2;
/** Global unicast addresses of IPv6 (RFC 4291, 2.4). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** `receiver.internal`, `localhost:4000`, `10.0.0.7` or `[fd00::7]:8443`; null where it is no host. */
export function parseAllowedHost(text: string): AllowedHost | null {
  if (/[/?#@\s*\\]/.test(text) || !URL.canParse(`https://${text}`)) return null;
  const { hostname } = new URL(`https://${text}`);
  const [, port] = /:(\d{1,5})$/.exec(text.replace(/^\[[^\]]*\]/, '')) ?? [];
  return { hostname, port: port === undefined ? null : Number(port) };
}

/**
 * Whether the internet routes to this address: neither loopback, private, link-local (which cloud metadata is), shared
 * (RFC 6598), multicast, documentation or reserved, nor IPv6 that wraps an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || (parsed.zoneId === undefined && parsed.match(GLOBAL_IPV6));
}

/** Where webhooks may go. An operator names the hosts that are exempt. */
export class AddressGuard {
  readonly #allowed: readonly AllowedHost[];
  readonly #resolve: Resolve;
  /** Lookups on their way: a name server that is silent holds up one lookup of a name at a time. */
  readonly #resolving = new Map<string, Promise<readonly LookupAddress[]>>();

  readonly #waiting: (() => void)[] = [];
  #lookups = 0;

  constructor(allowed: readonly AllowedHost[], resolve: Resolve = resolveAll) {
    this.#allowed = allowed;
    this.#resolve = resolve;
  }

  /** Why webhooks may not go to this URL, in words that follow its name; null where they may, as far as it alone can say. */
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

  /** The URL, where webhooks may go there. @throws SendError `url_forbidden` */
  check(url: string): URL {
    const objection = this.objection(url);
    if (objection !== null) throw new SendError('url_forbidden', `The URL ${objection}.`);
    return new URL(url);
  }

  /**
   * The lookup for a connection to this URL: it hands the very addresses out that it has checked, so what connects can't
   * resolve the name to others. One forbidden address is enough to refuse the name.
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

  /** @throws SendError `address_forbidden`, `dns` */
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

/** The operating system's way, with its hosts file. */
function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}

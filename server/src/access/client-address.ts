import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { LinkSignatures } from './link-signature.ts';

/** Decides whether what a proxy says about its client is trusted; `hop` is 0 for the proxy that connected to this server. */
export type TrustedProxies = (address: string, hop: number) => boolean;

/** What is known of a client's request. */
export interface ClientRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}

/** Names the client of a connection that another server of the cluster has forwarded: `<address> <signature>`. */
const FORWARDED_HEADER = 'x-televisit-routed';

/** Finds the addresses of clients, behind proxies and behind other servers of the cluster. */
export class ClientAddresses {
  readonly header = FORWARDED_HEADER;
  readonly #trusts: TrustedProxies;
  readonly #signatures: LinkSignatures;

  /** @param signatures are the same on all servers of the cluster */
  constructor(trusts: TrustedProxies, signatures: LinkSignatures) {
    this.#trusts = trusts;
    this.#signatures = signatures;
  }

  /** Returns the address of the client: the first one that is not of a trusted proxy; undefined if it is unknown. */
  of(request: ClientRequest): string | undefined {
    return this.forwardedFor(request) ?? this.#behindProxies(request);
  }

  /** Returns the client's address if another server has forwarded the connection. */
  forwardedFor({ headers }: ClientRequest): string | undefined {
    const [address, signature] = String(headers[FORWARDED_HEADER] ?? '').split(' ');
    const isSigned = this.#signatures.verify(signature, 'forwarded', address ?? '');
    return isSigned ? address : undefined;
  }

  /** Returns the value of the header that tells another server which client a forwarded connection is of. */
  forwarding(request: ClientRequest): string {
    const address = this.of(request) ?? '';
    return `${address} ${this.#signatures.sign('forwarded', address)}`;
  }

  #behindProxies({ socket, headers }: ClientRequest): string | undefined {
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    let address = parseAddress(socket.remoteAddress ?? '');
    for (let hop = 0; address !== undefined && this.#trusts(address, hop); hop++) {
      const next = parseAddress(forwarded.pop() ?? '');
      if (next === undefined) break;
      address = next;
    }
    return address;
  }
}

/**
 * Returns an address as proxies write it, without its port and brackets, and IPv6-mapped IPv4 as IPv4: `203.0.113.5:50001`,
 * `[2001:db8::1]:443`, `::ffff:203.0.113.5`. Undefined if the text is no address.
 */
export function parseAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const [, inBrackets, withPort] = /^(?:\[(.+)\](?::\d+)?|([\d.]+):\d+)$/.exec(trimmed) ?? [];
  const address = inBrackets ?? withPort ?? trimmed;
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

import ipaddr from 'ipaddr.js';

/** Returns whether a host has a private address, or a name that only a private network resolves. */
export function isOnOwnNetwork(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(address)) {
    return ['loopback', 'private', 'uniqueLocal', 'linkLocal'].includes(ipaddr.parse(address).range());
  }
  return !host.includes('.') || /\.(local|internal|localhost|home\.arpa)$/.test(host);
}

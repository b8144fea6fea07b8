import { describe, expect, it } from 'vitest';
import { ClientAddresses, parseAddress, type ClientRequest } from './client-address.ts';
import { LinkSignatures } from './link-signature.ts';

const SIGNATURES = new LinkSignatures(['a-secret-of-more-than-thirty-two-characters']);
/** Trusts the loopback address and one network. */
const addresses = new ClientAddresses(
  (address) => address === '127.0.0.1' || address.startsWith('10.'),
  SIGNATURES,
);

const request = (remoteAddress: string | undefined, headers: ClientRequest['headers'] = {}) => ({
  socket: { remoteAddress },
  headers,
});

describe('parseAddress', () => {
  it.each([
    ['203.0.113.5', '203.0.113.5'],
    [' 203.0.113.5 ', '203.0.113.5'],
    ['203.0.113.5:50001', '203.0.113.5'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:DB8:0::1]:50001', '2001:db8::1'],
    ['::ffff:203.0.113.5', '203.0.113.5'],
    ['[::ffff:203.0.113.5]:50001', '203.0.113.5'],
  ])('%j is %s', (text, address) => expect(parseAddress(text)).toBe(address));

  it.each(['', 'unknown', '_hidden', '1234', '203.0.113.5:', '203.0.113.500', '[203.0.113.5', 'a:b', ':443'])(
    '%j is no address',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );
});

describe('ClientAddresses.of', () => {
  it.each([
    ['without a proxy', '203.0.113.9', undefined, '203.0.113.9'],
    ['behind a proxy that is not trusted', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['behind a trusted proxy', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['behind a proxy that adds ports', '127.0.0.1', '198.51.100.1:50001', '198.51.100.1'],
    ['behind two proxies that add ports', '127.0.0.1', '198.51.100.1:50001, 10.0.0.7:443', '198.51.100.1'],
    ['that claims another address', '127.0.0.1', '192.0.2.1, 198.51.100.1', '198.51.100.1'],
    ['that claims no valid address', '127.0.0.1', '192.0.2.1, unknown', '127.0.0.1'],
    ['of a proxy itself', '127.0.0.1', undefined, '127.0.0.1'],
    ['of a health check through a proxy', '127.0.0.1', '10.0.0.8', '10.0.0.8'],
  ])('finds the address of a client %s', (_, peer, forwarded, expected) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(addresses.of(request(peer, headers))).toBe(expected);
  });

  it('of returns undefined when the socket has no address', () => {
    expect(addresses.of(request(undefined, { 'x-forwarded-for': '192.0.2.1' }))).toBeUndefined();
  });

  it('finds the address that another server of the cluster has signed', () => {
    const first = request('127.0.0.1', { 'x-forwarded-for': '198.51.100.1:50001' });
    const header = addresses.forwarding(first);
    expect(addresses.of(request('192.0.2.7', { [addresses.header]: header }))).toBe('198.51.100.1');
    expect(addresses.forwardedFor(first)).toBeUndefined();
  });

  it.each(['1', '198.51.100.1', '198.51.100.1 c2lnbmF0dXJl', ''])(
    'ignores an address without a valid signature (%j)',
    (header) => {
      expect(addresses.of(request('192.0.2.7', { [addresses.header]: header }))).toBe('192.0.2.7');
      expect(addresses.forwardedFor(request('192.0.2.7', { [addresses.header]: header }))).toBeUndefined();
    },
  );
});

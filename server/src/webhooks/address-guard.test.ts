import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressGuard, isPublicAddress, parseAllowedHost, type AllowedHost } from './address-guard.ts';

/** Networks that are not public, from the IANA registries of special-purpose addresses. */
const FORBIDDEN_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.215.14',
  '172.15.255.255',
  '172.32.0.0',
  '100.63.255.255',
  '2606:4700::1111',
];

const ipv4 = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
/** An arbitrary address of one of the networks. */
const forbiddenV4 = fc.constantFrom(...FORBIDDEN_V4).chain((network) => {
  const [base = '', length] = network.split('/');
  return fc.nat({ max: 2 ** (32 - Number(length)) - 1 }).map((host) => numberOf(base) + host);
});
const groups = (count: number) => fc.array(fc.nat({ max: 0xffff }), { minLength: count, maxLength: count });
const hex = (...parts: number[]) => parts.map((part) => part.toString(16)).join(':');
const wrapped = (v4: number) => [v4 >>> 16, v4 & 0xffff] as const;
/** IPv6 addresses of every kind that is not public or embeds an IPv4 address. */
const forbiddenV6 = fc.oneof(
  fc.constantFrom('::', '::1', 'fd00:ec2::254', 'fe80::1', '100::1', '2001:db8::1', 'fec0::1', '4000::1'),
  groups(7).map((rest) => hex(0xfc00 | (rest[0]! & 0x1ff), ...rest)),
  groups(7).map((rest) => hex(0xff00 | (rest[0]! & 0xff), ...rest)),
  groups(7).map((rest) => hex(0xfe80 | (rest[0]! & 0x3f), ...rest)),
  // Even with a public address inside: mapped, compatible, translated, NAT64, 6to4, Teredo.
  fc.nat({ max: 0xffffffff }).map((v4) => `::ffff:${ipv4(v4)}`),
  fc.nat({ max: 0xffffffff }).map((v4) => `::${hex(...wrapped(v4))}`),
  fc.nat({ max: 0xffffffff }).map((v4) => `::ffff:0:${hex(...wrapped(v4))}`),
  fc.nat({ max: 0xffffffff }).map((v4) => `64:ff9b::${hex(...wrapped(v4))}`),
  fc.nat({ max: 0xffffffff }).map((v4) => `64:ff9b:1::${hex(...wrapped(v4))}`),
  fc.nat({ max: 0xffffffff }).map((v4) => `2002:${hex(...wrapped(v4))}::1`),
  groups(6).map((rest) => hex(0x2001, 0, ...rest)),
);
/** The notations of an IPv4 address that a browser or a C library understands. */
const notation = fc.constantFrom<(number: number) => string>(
  ipv4,
  String,
  (number) => `0x${number.toString(16)}`,
  (number) => `0${number.toString(8)}`,
  (number) => `${ipv4(number)}.`,
  (number) => [24, 16, 8, 0].map((shift) => `0${((number >>> shift) & 255).toString(8)}`).join('.'),
  (number) => [24, 16, 8, 0].map((shift) => `0x${((number >>> shift) & 255).toString(16)}`).join('.'),
  (number) => `${number >>> 24}.${number & 0xffffff}`,
  (number) => `${number >>> 24}.${(number >>> 16) & 255}.${number & 0xffff}`,
  (number) => ipv4(number).replaceAll('.', '。'),
);

const allow = (...hosts: string[]) => hosts.map((host) => parseAllowedHost(host) as AllowedHost);
const guardOf = (allowed: readonly AllowedHost[], ...addresses: string[]) =>
  new AddressGuard(allowed, () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
  );
const resolved = (guard: AddressGuard, url: string, options: object = {}) => {
  const lookup = promisify(guard.lookupFor(new URL(url)));
  return lookup(new URL(url).hostname, { all: true, ...options });
};

describe('isPublicAddress', () => {
  it.each(PUBLIC)('returns true for %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it('returns false for every address of a private or reserved network', () => {
    fc.assert(
      fc.property(forbiddenV4, (number) => !isPublicAddress(ipv4(number))),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(forbiddenV6, (address) => !isPublicAddress(address)),
      { numRuns: 1000 },
    );
  });

  it.each(['fe80::1%eth0', '2606:4700::1111%1', '', 'localhost', '256.1.1.1', '1.1.1.1/8', '1.1.1.1 '])(
    'says no to %j',
    (text) => expect(isPublicAddress(text)).toBe(false),
  );
});

describe('objection', () => {
  const guard = guardOf([]);

  it.each(['https://example.org', 'https://example.org:8443/hooks?a=b', ...PUBLIC.map(literal)])(
    'has none against %s',
    (url) => {
      expect(guard.objection(url)).toBeNull();
      expect(guard.check(url).href).toBe(new URL(url).href);
    },
  );

  it.each([
    ['example.org', /such as https/],
    ['', /such as https/],
    ['ftp://example.org', /https/],
    ['file:///etc/passwd', /https/],
    ['http://example.org', /WEBHOOK_ALLOW_HOSTS/],
    ['https://user@example.org', /user name/],
    ['https://user:password@example.org', /user name/],
    ['https://example.org/#secret', /fragment/],
    ['https://[fe80::1%25eth0]/', /such as https/],
    ['https://169.254.169.254/latest/meta-data', /private or reserved/],
    ['https://[fd00:ec2::254]/', /private or reserved/],
    ['https://[::ffff:127.0.0.1]/', /private or reserved/],
  ])('rejects %j', (url, words) => {
    expect(guard.objection(url)).toMatch(words);
    expect(() => guard.check(url)).toThrow(words);
  });

  it('rejects a forbidden address in any notation', () => {
    fc.assert(
      fc.property(
        forbiddenV4,
        notation,
        (number, write) => guard.objection(`https://${write(number)}/`) !== null,
      ),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(forbiddenV6, (address) => guard.objection(`https://[${address}]/`) !== null),
      { numRuns: 1000 },
    );
  });

  it('accepts an allowed host over http and https', () => {
    const lenient = guardOf(allow('localhost', '10.0.0.7:8080', '[fd00::7]', 'RECEIVER.internal:443'));
    for (const url of [
      'http://localhost:4000/a',
      'https://localhost',
      'http://10.0.0.7:8080',
      'http://[fd00::7]:1/',
    ])
      expect(lenient.objection(url)).toBeNull();
    expect(lenient.objection('https://receiver.internal')).toBeNull();
    for (const url of [
      'http://10.0.0.7',
      'https://10.0.0.7:8081',
      'http://localhost.',
      'http://receiver.internal',
    ])
      expect(lenient.objection(url)).not.toBeNull();
    expect(lenient.objection('http://user@localhost')).toMatch(/user name/);
  });
});

describe('lookupFor', () => {
  it('returns the addresses that it has checked', async () => {
    const guard = guardOf([], '1.1.1.1', '2606:4700::1111');
    expect(await resolved(guard, 'https://example.org')).toEqual([
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect(await resolved(guard, 'https://example.org', { all: false, family: 6 })).toBe('2606:4700::1111');
    expect(await resolved(guard, 'https://example.org', { family: 'IPv4' })).toEqual([
      { address: '1.1.1.1', family: 4 },
    ]);
  });

  it('rejects a name with a forbidden address at any position, for any requested family', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(PUBLIC),
        fc.oneof(forbiddenV4.map(ipv4), forbiddenV6),
        fc.nat(),
        fc.constantFrom(0, 4, 6),
        async (good, bad, at, family) => {
          const addresses = good.toSpliced(at % (good.length + 1), 0, bad);
          const lookup = resolved(guardOf([], ...addresses), 'https://example.org', { family });
          await expect(lookup).rejects.toMatchObject({ code: 'address_forbidden' });
        },
      ),
    );
  });

  it('does not reveal the forbidden address', async () => {
    await expect(resolved(guardOf([], '10.1.2.3'), 'https://example.org')).rejects.toThrow(/^(?!.*10\.1).*$/);
  });

  it('accepts any address of an allowed host, and of no other', async () => {
    const guard = guardOf(allow('receiver.internal'), '10.1.2.3');
    expect(await resolved(guard, 'http://receiver.internal')).toEqual([{ address: '10.1.2.3', family: 4 }]);
    await expect(resolved(guard, 'https://other.internal')).rejects.toMatchObject({
      code: 'address_forbidden',
    });
  });

  it('fails with dns when a name has no address', async () => {
    await expect(resolved(guardOf([]), 'https://example.org')).rejects.toMatchObject({ code: 'dns' });
    await expect(
      resolved(guardOf([], '1.1.1.1'), 'https://example.org', { family: 6 }),
    ).rejects.toMatchObject({
      code: 'dns',
    });
    const failing = new AddressGuard([], () =>
      Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' })),
    );
    await expect(resolved(failing, 'https://example.org')).rejects.toMatchObject({ code: 'dns' });
  });

  it('shares one lookup between concurrent calls, and looks up again later', async () => {
    const waiting: (() => void)[] = [];
    const guard = new AddressGuard(
      [],
      () => new Promise((resolve) => waiting.push(() => resolve([{ address: '1.1.1.1', family: 4 }]))),
    );
    const both = [1, 2].map(() => resolved(guard, 'https://example.org'));
    expect(waiting).toHaveLength(1);
    waiting[0]!();
    expect(await Promise.all(both)).toHaveLength(2);
    void resolved(guard, 'https://example.org');
    expect(waiting).toHaveLength(2);
  });

  it('looks up at most two names at the same time', async () => {
    const asked = new Map<string, () => void>();
    const guard = new AddressGuard(
      [],
      (hostname) =>
        new Promise((resolve) => asked.set(hostname, () => resolve([{ address: '1.1.1.1', family: 4 }]))),
    );
    const all = ['a', 'b', 'c'].map((name) => resolved(guard, `https://${name}.example.org`));
    expect([...asked.keys()]).toEqual(['a.example.org', 'b.example.org']);
    asked.get('b.example.org')!();
    await all[1];
    await expect.poll(() => [...asked.keys()]).toHaveLength(3);
    asked.get('a.example.org')!();
    asked.get('c.example.org')!();
    expect(await Promise.all(all)).toHaveLength(3);
  });

  it('resolves localhost with the hosts file of the operating system', async () => {
    await expect(resolved(new AddressGuard([]), 'https://localhost')).rejects.toMatchObject({
      code: 'address_forbidden',
    });
    const found = await resolved(new AddressGuard(allow('localhost')), 'http://localhost');
    expect(found).toContainEqual({
      address: expect.stringMatching(/^(127\.|::1$)/) as string,
      family: expect.any(Number) as number,
    });
  });
});

describe('parseAllowedHost', () => {
  it.each<[string, AllowedHost]>([
    ['localhost', { hostname: 'localhost', port: null }],
    ['Receiver.Internal:443', { hostname: 'receiver.internal', port: 443 }],
    ['127.1:80', { hostname: '127.0.0.1', port: 80 }],
    ['[FD00::7]', { hostname: '[fd00::7]', port: null }],
    ['[fd00::7]:8443', { hostname: '[fd00::7]', port: 8443 }],
  ])('parses %s', (text, host) => expect(parseAllowedHost(text)).toEqual(host));

  it.each([
    '',
    'https://a.example',
    'a.example/hooks',
    'user@a.example',
    '*.example',
    'a b',
    'a:99999',
    'fd00::7',
  ])('returns null for %j', (text) => expect(parseAllowedHost(text)).toBeNull());
});

function literal(address: string): string {
  return `https://${address.includes(':') ? `[${address}]` : address}/`;
}

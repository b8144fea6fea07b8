import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { AnnouncedAddresses, RESOLVE_MS } from './announced-addresses.ts';

/** Opens the addresses with a resolver whose answers a test can change. */
function setUp(hosts: readonly string[], listenIps: readonly string[]) {
  const clock = new ManualClock();
  const names = new Map<string, readonly string[]>();
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => logged.push(line) });
  const resolve = (host: string) => {
    const addresses = names.get(host);
    return addresses
      ? Promise.resolve(addresses)
      : Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }));
  };
  const open = async () => {
    const announced = await AnnouncedAddresses.open({ hosts, listenIps, clock, logger, resolve });
    onTestFinished(() => announced.close());
    return announced;
  };
  return { clock, names, logged, open };
}

describe('AnnouncedAddresses.open()', () => {
  it('returns no addresses without hosts, so that clients get those on which media is received', async () => {
    expect((await setUp([], ['127.0.0.1']).open()).current).toEqual([]);
  });

  it('returns IP addresses and the addresses of names in the given order, without duplicates', async () => {
    const { names, open } = setUp(['media.test', '10.0.0.5', '203.0.113.7'], ['0.0.0.0']);
    names.set('media.test', ['203.0.113.7']);
    expect((await open()).current).toEqual(['203.0.113.7', '10.0.0.5']);
  });

  it('leaves out the addresses of a name in a family that is not listened on', async () => {
    const { names, open } = setUp(['media.test'], ['0.0.0.0']);
    names.set('media.test', ['2001:db8::7', '203.0.113.7']);
    expect((await open()).current).toEqual(['203.0.113.7']);
  });

  it('accepts IPv4 and IPv6 when both are listened on, by two sockets or one', async () => {
    const hosts = ['203.0.113.7', '2001:db8::7'];
    expect((await setUp(hosts, ['0.0.0.0', '::']).open()).current).toEqual(hosts);
    expect((await setUp(hosts, ['::']).open()).current).toEqual(hosts);
  });

  it('rejects a name that cannot be resolved, with cause and remedy', async () => {
    await expect(setUp(['media.test'], ['0.0.0.0']).open()).rejects.toThrow(
      'ANNOUNCED_ADDRESS media.test can’t be resolved to an IP address (ENOTFOUND). Use an IP address, or a name',
    );
  });

  it('rejects an address of a family that is not listened on', async () => {
    await expect(setUp(['2001:db8::7'], ['0.0.0.0']).open()).rejects.toThrow(
      'ANNOUNCED_ADDRESS 2001:db8::7 is an IPv6 address, but media is received on 0.0.0.0 only. Add :: to LISTEN_IP',
    );
  });

  it('rejects a name that leads only to a family that is not listened on', async () => {
    const { names, open } = setUp(['media.test'], ['2001:db8::1']);
    names.set('media.test', ['203.0.113.7']);
    await expect(open()).rejects.toThrow('media.test (203.0.113.7) is an IPv4 address');
  });
});

describe('a name that changes', () => {
  it('the new address is announced after the next resolution, and logged', async () => {
    const { clock, names, logged, open } = setUp(['media.test'], ['0.0.0.0']);
    names.set('media.test', ['203.0.113.7']);
    const announced = await open();
    names.set('media.test', ['203.0.113.8']);
    clock.advance(RESOLVE_MS);
    await expect.poll(() => announced.current).toEqual(['203.0.113.8']);
    expect(logged.join()).toContain('announced address changed');
  });

  it('the previous address stays while the name cannot be resolved, and that is logged once', async () => {
    const { clock, names, logged, open } = setUp(['media.test'], ['0.0.0.0']);
    names.set('media.test', ['203.0.113.7']);
    const announced = await open();
    names.delete('media.test');
    clock.advance(RESOLVE_MS);
    await expect.poll(() => logged.length).toBe(1);
    expect(announced.current).toEqual(['203.0.113.7']);
    names.set('media.test', ['203.0.113.9']);
    await expect
      .poll(() => {
        clock.advance(RESOLVE_MS);
        return announced.current;
      })
      .toEqual(['203.0.113.9']);
    expect(logged.filter((line) => line.includes('failed to resolve'))).toHaveLength(1);
  });
});

import type { TelevisitError } from '@televisit/shared/errors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateLimits } from './rate-limits.ts';

/** How many of `times` requests in a row go through before the first one is refused. */
async function passed(times: number, request: () => Promise<void>): Promise<number> {
  for (let index = 0; index < times; index++) {
    try {
      await request();
    } catch (error) {
      expect(error).toMatchObject({ code: 'too_many_requests' });
      return index;
    }
  }
  return times;
}

describe('RateLimits', () => {
  // The limiter reads the machine's clock; a test must not wait for a minute.
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const limits = () => new RateLimits({ secretPerSecond: 3, addressPerMinute: 20 });

  it('secret allows as many requests as the limit, for each secret', async () => {
    const limited = limits();
    expect(await passed(10, () => limited.secret('one'))).toBe(3);
    expect(await passed(10, () => limited.secret('other'))).toBe(3);
  });

  it('secret allows requests again a second later', async () => {
    const limited = limits();
    expect(await passed(10, () => limited.secret('one'))).toBe(3);
    vi.advanceTimersByTime(999);
    expect(await passed(10, () => limited.secret('one'))).toBe(0);
    vi.advanceTimersByTime(2);
    expect(await passed(10, () => limited.secret('one'))).toBe(3);
  });

  it('address allows as many requests as the limit, for each address', async () => {
    const limited = limits();
    expect(await passed(30, () => limited.address('203.0.113.7'))).toBe(20);
    expect(await passed(30, () => limited.address('203.0.113.8'))).toBe(20);
  });

  it('fails with the whole seconds after which to try again', async () => {
    const limited = limits();
    await passed(30, () => limited.address('203.0.113.7'));
    vi.advanceTimersByTime(20_500);
    const error = await limited.address('203.0.113.7').catch((thrown: unknown) => thrown as TelevisitError);
    expect(error).toMatchObject({ code: 'too_many_requests', retryAfter: 40 });
    vi.advanceTimersByTime(40_000);
    await expect(limited.address('203.0.113.7')).resolves.toBeUndefined();
  });

  it('login allows 20 attempts a minute for each address, and operator 600 requests for each login', async () => {
    const limited = limits();
    expect(await passed(30, () => limited.login('203.0.113.7'))).toBe(20);
    expect(await passed(30, () => limited.login('203.0.113.8'))).toBe(20);
    expect(await passed(700, () => limited.operator('one'))).toBe(600);
    expect(await passed(700, () => limited.operator('other'))).toBe(600);
    vi.advanceTimersByTime(60_001);
    expect(await passed(30, () => limited.login('203.0.113.7'))).toBe(20);
  });

  it('guess counts as ten requests of the address', async () => {
    const limited = limits();
    expect(await passed(10, () => limited.guess('203.0.113.7'))).toBe(2);
    const other = limits();
    await other.guess('203.0.113.7');
    expect(await passed(30, () => other.address('203.0.113.7'))).toBe(10);
  });

  it('staticFile counts as a tenth of a request of the address', async () => {
    const limited = limits();
    expect(await passed(300, () => limited.staticFile('203.0.113.7'))).toBe(200);
    expect(await passed(30, () => limited.address('203.0.113.7'))).toBe(0);
  });

  it('guess does not affect the limits of secrets', async () => {
    const limited = limits();
    await passed(10, () => limited.guess('203.0.113.7'));
    expect(await passed(10, () => limited.secret('one'))).toBe(3);
  });

  it.each([
    ['addresses of one IPv6 /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['two spellings of an IPv6 address', '2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['an IPv4 address and its IPv6 form', '203.0.113.7', '::ffff:203.0.113.7'],
    ['connections of one IPv4 address with ports', '203.0.113.7:50001', '203.0.113.7:50002'],
    ['connections of one IPv6 address with ports', '[2001:db8::1]:50001', '2001:db8::1'],
    ['addresses that can’t be read', undefined, 'not-an-address'],
  ])('%s share a limit', async (_, one, other) => {
    const limited = limits();
    expect(await passed(30, () => limited.address(one))).toBe(20);
    expect(await passed(30, () => limited.address(other))).toBe(0);
  });

  it.each([
    ['neighbouring IPv6 /64s', '2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['IPv4 addresses with the same port', '203.0.113.7:50001', '203.0.113.8:50001'],
    ['IPv4 addresses in their IPv6 form', '::ffff:203.0.113.7', '::ffff:203.0.113.8'],
  ])('%s have a limit each', async (_, one, other) => {
    const limited = limits();
    await passed(30, () => limited.address(one));
    expect(await passed(30, () => limited.address(other))).toBe(20);
  });

  it('limits nothing when both limits are 0', async () => {
    const unlimited = new RateLimits({ secretPerSecond: 0, addressPerMinute: 0 });
    expect(await passed(5000, () => unlimited.secret('one'))).toBe(5000);
    expect(await passed(5000, () => unlimited.address('203.0.113.7'))).toBe(5000);
    expect(await passed(5000, () => unlimited.guess('203.0.113.7'))).toBe(5000);
  });

  it('reports which limit was exceeded', async () => {
    const seen: string[] = [];
    const limited = new RateLimits({ secretPerSecond: 1, addressPerMinute: 1 }, (limit) => seen.push(limit));
    await passed(2, () => limited.secret('one'));
    await passed(2, () => limited.address('203.0.113.7'));
    await passed(61, () => limited.file('sess_1', 'one'));
    expect(seen).toEqual(['secret', 'address', 'file']);
  });

  it('limits only the other when one limit is 0', async () => {
    const limited = new RateLimits({ secretPerSecond: 0, addressPerMinute: 5 });
    expect(await passed(100, () => limited.secret('one'))).toBe(100);
    expect(await passed(100, () => limited.address('203.0.113.7'))).toBe(5);
  });
});

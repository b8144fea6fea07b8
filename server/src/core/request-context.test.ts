import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from './clock.ts';
import { currentRequestId, validRequestId, withoutRequest, withRequestId } from './request-context.ts';

describe('validRequestId', () => {
  it.each(['0f4d8e3c-9f6a-4c51-8a57-6f9d1c2b3a40', 'a1b2c3d4e5f60718', 'edge.7F_3-x9', 'x'.repeat(64)])(
    'accepts %s',
    (id) => expect(validRequestId(id)).toBe(id),
  );

  it.each([
    '',
    'short',
    'x'.repeat(65),
    'has a space',
    'line\nbreak-12345',
    '"quoted-12345"',
    '../../etc/passwd',
    'ünïcode-12345',
    '-leading-dash',
    undefined,
    ['12345678'],
  ])('refuses %j', (id) => expect(validRequestId(id)).toBeNull());
});

describe('withRequestId', () => {
  it('the id is known in everything that the work awaits, and nowhere else', async () => {
    const seen = await Promise.all(
      ['first-request', 'second-request'].map((id) =>
        withRequestId(id, async () => {
          await turn();
          await sleep(systemClock, 1);
          return currentRequestId();
        }),
      ),
    );
    expect(seen).toEqual(['first-request', 'second-request']);
    expect(currentRequestId()).toBeUndefined();
  });

  it('a timer of the clock belongs to no request, because loops outlive the request that begins them', async () => {
    const seen = await withRequestId(
      'first-request',
      () => new Promise((resolve) => systemClock.after(1, () => resolve(currentRequestId()))),
    );
    expect(seen).toBeUndefined();
  });

  it('withoutRequest hides the id from its work only', () => {
    withRequestId('first-request', () => {
      expect(withoutRequest(currentRequestId)).toBeUndefined();
      expect(currentRequestId()).toBe('first-request');
    });
  });
});

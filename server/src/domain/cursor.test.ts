import { TelevisitError } from '@televisit/shared/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, decodeDeliveryCursor, encodeCursor, encodeDeliveryCursor } from './cursor.ts';
import { randomIds } from './ids.ts';
import { NEWEST_FIRST, type ListOrder } from './session-store.ts';
import { deliveryId } from './webhook-store.ts';

const sessionId = fc
  .string({
    unit: fc.constantFrom(...Array.from({ length: 36 }, (_, digit) => digit.toString(36))),
    minLength: 8,
    maxLength: 64,
  })
  .map((id) => `sess_${id}`);

const order = fc.record<ListOrder>({
  by: fc.constantFrom('createdAt', 'scheduledAt'),
  direction: fc.constantFrom('asc', 'desc'),
});
const BY_SCHEDULE: ListOrder = { by: 'scheduledAt', direction: 'asc' };

describe('encodeCursor and decodeCursor', () => {
  it('round-trip every position in every order, and refuse it in another order', () => {
    fc.assert(
      fc.property(fc.nat(Date.UTC(2100, 0)), sessionId, order, order, (at, sessionId, order, other) => {
        const cursor = encodeCursor({ at, sessionId }, order);
        expect(cursor).toMatch(/^[\w-]{1,256}$/);
        expect(decodeCursor(cursor, order)).toEqual({ at, sessionId });
        if (order.by === other.by && order.direction === other.direction) return;
        expect(() => decodeCursor(cursor, other)).toThrow(
          expect.objectContaining({ code: 'validation_failed' }) as Error,
        );
      }),
    );
  });

  it('accept generated ids', () => {
    const position = { at: Date.UTC(2026, 0), sessionId: randomIds.session() };
    expect(decodeCursor(encodeCursor(position, NEWEST_FIRST), NEWEST_FIRST)).toEqual(position);
  });

  it('accept cursors of releases that had one order', () => {
    const cursor = Buffer.from('1000:sess_00000001').toString('base64url');
    expect(decodeCursor(cursor, NEWEST_FIRST)).toEqual({ at: 1000, sessionId: 'sess_00000001' });
  });
});

describe('encodeDeliveryCursor and decodeDeliveryCursor', () => {
  it('round-trip every position', () => {
    fc.assert(
      fc.property(fc.nat(Date.UTC(2100, 0)), sessionId, fc.nat(), (at, session, seq) => {
        const endpointId = `whe_${randomIds.unique().replaceAll('-', '')}`;
        const position = { at, deliveryId: deliveryId(endpointId, session, seq) };
        const cursor = encodeDeliveryCursor(position);
        expect(cursor).toMatch(/^[\w-]{1,256}$/);
        expect(decodeDeliveryCursor(cursor)).toEqual(position);
      }),
    );
  });

  it.each([
    '',
    'x',
    encodeCursor({ at: 1, sessionId: 'sess_00000000' }, NEWEST_FIRST),
    btoa('1:evt_a b'),
    btoa('-1:evt_a'),
  ])('refuse the foreign cursor %j', (cursor) => {
    expect(() => decodeDeliveryCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'validation_failed' }) as Error,
    );
  });
});

describe('decodeCursor', () => {
  const encoded = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['nothing', ''],
    ['words', 'the next page, please'],
    ['a negative time', encoded('-1:sess_00000001')],
    ['a time that is no number', encoded('1e9:sess_00000001')],
    ['a time of too many digits', encoded(`${'9'.repeat(16)}:sess_00000001`)],
    ['no time', encoded(':sess_00000001')],
    ['no id', encoded('1000:')],
    ['an id of another kind', encoded('1000:room_00000001')],
    ['a long id', encoded(`1000:sess_${'0'.repeat(65)}`)],
    ['something behind the id', encoded('1000:sess_00000001\n')],
  ])('fails and names the field for %s', (_, cursor) => {
    for (const order of [NEWEST_FIRST, BY_SCHEDULE])
      expect(() => decodeCursor(cursor, order)).toThrow(
        expect.objectContaining({
          code: 'validation_failed',
          issues: [{ path: 'cursor', message: 'must be the nextCursor of the previous page' }],
        }),
      );
  });

  it('returns a position or throws validation_failed for any input', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.string().map(encoded),
      fc.tuple(fc.nat(), fc.string()).map(([time, id]) => encoded(`${time}:sess_${id}`)),
      fc.tuple(fc.nat(), fc.string()).map(([time, id]) => encoded(`scheduledAt.asc:${time}:sess_${id}`)),
    );
    fc.assert(
      fc.property(anything, order, (cursor, order) => {
        try {
          const { at, sessionId } = decodeCursor(cursor, order);
          expect(Number.isSafeInteger(at)).toBe(true);
          expect(sessionId).toMatch(/^sess_[0-9a-z]{8,64}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(TelevisitError);
          expect(error).toMatchObject({ code: 'validation_failed' });
        }
      }),
    );
  });
});

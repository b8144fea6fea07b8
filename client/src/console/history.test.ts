import type { ConsoleHistory, ConsoleSessionDetail } from '@televisit/shared/console';
import { describe, expect, it } from 'vitest';
import { placeOf } from './attendance.tsx';
import { linesOf, readHistory } from './history.tsx';

type Entry = ConsoleHistory['entries'][number];

const event = (at: string) =>
  ({
    at,
    action: 'session.updated',
    actor: { type: 'backend', person: null, subject: null },
    details: {},
  }) as unknown as Entry;
const readOf = (part: string, subject: string, at: string) =>
  ({
    at,
    action: 'console.read',
    actor: { type: 'operator', person: null, subject },
    details: { part },
  }) as unknown as Entry;

/** Reads a history of `total` entries, whose cursors are places in it. */
function pages(total: number, isRead: (index: number) => boolean = () => false) {
  const asked: Record<string, string>[] = [];
  const read = (page: Readonly<Record<string, string>>): Promise<ConsoleHistory> => {
    asked.push({ ...page });
    const from = Number(page.cursor ?? 0);
    const to = Math.min(total, from + Number(page.limit));
    const entries = Array.from({ length: to - from }, (_, index) =>
      isRead(from + index) ? readOf('history', 'ada', String(from + index)) : event(String(from + index)),
    );
    return Promise.resolve({ entries, nextCursor: to < total ? String(to) : null });
  };
  return { read, asked };
}

describe('readHistory', () => {
  it('reads pages of 100 entries until there are enough lines', async () => {
    const { read, asked } = pages(500);
    const { entries, nextCursor } = await readHistory(read, 150);
    expect(asked).toEqual([{ limit: '100' }, { limit: '100', cursor: '100' }]);
    expect([entries.length, entries.at(-1)?.at, nextCursor]).toEqual([200, '199', '200']);
  });

  it('reads beyond pages full of reads, which are one line', async () => {
    const { read, asked } = pages(500, (index) => index < 250);
    const { entries } = await readHistory(read, 50);
    expect(asked).toHaveLength(3);
    expect(linesOf(entries)).toHaveLength(51);
  });

  it('ends with the history', async () => {
    const { read, asked } = pages(20);
    const { entries, nextCursor } = await readHistory(read, 50);
    expect([asked.length, entries.length, nextCursor]).toEqual([1, 20, null]);
  });
});

describe('linesOf', () => {
  it('puts reads that follow one another on one line for each operator, with what was read', () => {
    const lines = linesOf([
      event('1'),
      readOf('session', 'ada', '2'),
      readOf('history', 'ada', '3'),
      readOf('session', 'ben', '4'),
      readOf('session', 'ada', '5'),
      event('6'),
      readOf('quality', 'ada', '7'),
    ]);
    const shown = lines.map(({ entry, until, count }) => [entry.at, until, count, entry.details.part]);
    expect(shown).toEqual([
      ['1', null, 1, undefined],
      ['2', '5', 3, ['session', 'history']],
      ['4', null, 1, 'session'],
      ['6', null, 1, undefined],
      ['7', null, 1, 'quality'],
    ]);
  });

  it('joins no other entries, however alike they are', () => {
    expect(linesOf([event('1'), event('1'), event('2')])).toHaveLength(3);
  });
});

describe('placeOf', () => {
  const seat = { present: false, waiting: false, removedAt: null, intervals: [] };
  const interval = { joinedAt: '2026-11-30T10:00:00.000Z', leftAt: null };
  it.each([
    [seat, 'never'],
    [{ ...seat, waiting: true }, 'waiting'],
    [{ ...seat, present: true, intervals: [interval] }, 'here'],
    [{ ...seat, intervals: [interval] }, 'away'],
    [{ ...seat, intervals: [interval], removedAt: interval.joinedAt }, 'removed'],
  ])('of %j is “%s”', (state, place) =>
    expect(placeOf(state as unknown as ConsoleSessionDetail['attendance'][number])).toBe(place),
  );
});

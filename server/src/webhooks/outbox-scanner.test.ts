import { describe, expect, it } from 'vitest';
import { OutboxScanner, PAGE_SIZE } from './outbox-scanner.ts';

/** A scanner on a store with these unsent sessions. */
function scanning(unsent: string[]) {
  const limits: number[] = [];
  const scanner = new OutboxScanner({
    unsentSessions: (limit) => {
      limits.push(limit);
      return Promise.resolve(unsent.slice(0, limit).map((sessionId) => ({ sessionId, upTo: 1 })));
    },
  });
  const next = async (own: string[] = [], failed: string[] = []) => {
    const { sessions, isFull } = await scanner.next(new Set(own));
    scanner.report(failed);
    return { ids: sessions.map(({ sessionId }) => sessionId), isFull };
  };
  return { scanner, next, limits };
}

describe('OutboxScanner', () => {
  it('returns a session at the second scan, when its process has probably abandoned it', async () => {
    const { scanner, next } = scanning(['a']);
    scanner.begin();
    expect(await next()).toEqual({ ids: [], isFull: false });
    scanner.begin();
    expect(await next()).toEqual({ ids: ['a'], isFull: false });
  });

  it('returns own sessions at the first scan', async () => {
    const { scanner, next } = scanning(['a', 'b']);
    scanner.begin();
    expect((await next(['b'])).ids).toEqual(['b']);
  });

  it('returns new sessions, too, when there are more than a page', async () => {
    const { scanner, next } = scanning(Array.from({ length: PAGE_SIZE + 1 }, (_, index) => `${index}`));
    scanner.begin();
    const { ids, isFull } = await next();
    expect(ids).toHaveLength(PAGE_SIZE);
    expect(isFull).toBe(true);
  });

  it('returns a failed session once in each scan, and enlarges the page by it', async () => {
    const { scanner, next, limits } = scanning(['a', 'b']);
    scanner.begin();
    await next(['a', 'b'], ['a']);
    expect((await next()).ids).toEqual(['b']);
    scanner.begin();
    expect((await next()).ids).toEqual(['a', 'b']);
    expect(limits).toEqual([PAGE_SIZE, PAGE_SIZE + 1, PAGE_SIZE + 1]);
  });
});

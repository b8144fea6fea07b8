import { sessionId } from '@televisit/shared/core/fields';
import { describe, expect, it } from 'vitest';
import { randomIds } from './ids.ts';

describe('randomIds', () => {
  it('generates session ids that match the contract', () => {
    expect(sessionId.safeParse(randomIds.session()).success).toBe(true);
  });

  it('never generates an id twice', () => {
    const ids = Array.from({ length: 1000 }, () => [randomIds.session(), randomIds.unique()]).flat();
    expect(new Set(ids).size).toBe(ids.length);
  });
});

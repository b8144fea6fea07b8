import {
  MAX_FAILURES,
  type JoinFailure,
  type QualityPoint,
} from '@televisit/server/domain/observation-store';
import type { Store } from '@televisit/server/domain/session-store';
import { MAX_QUALITY_POINTS } from '@televisit/shared/console.vocabulary';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, newVisit, started } from '../support/fixtures/stored-sessions.ts';

const NOW = Date.UTC(2026, 0, 5, 9);

const failure = (number: number, more: Partial<JoinFailure> = {}): JoinFailure => ({
  failureId: `f${String(number).padStart(4, '0')}`,
  sessionId: 'sess_00000001',
  seat: 1,
  stage: 'page',
  code: 'token_expired',
  at: NOW + number,
  ...more,
});
const point = (at: number, seat = 0, more: Partial<QualityPoint> = {}): QualityPoint => ({
  seat,
  at: NOW + at,
  network: 'good',
  sent: 9.5,
  received: null,
  ...more,
});

/** The contract of every store of observations. @param place provides a fresh database for each test */
export function observationsContract(name: string, place: () => { open: () => Promise<Store> }): void {
  describe(`observations in ${name}`, () => {
    const opened = async (open = place().open) => {
      const store = await open();
      onTestFinished(() => store.close());
      return store;
    };

    it('failures returns pages that match the filter, newest first, also of the same moment', async () => {
      const { observations } = await opened();
      const all = [
        failure(1),
        failure(2, { at: NOW + 1, seat: null }),
        failure(3, { sessionId: 'sess_00000002', stage: 'join', code: 'visit_full' }),
        failure(4, { code: 'visit_full' }),
      ];
      for (const one of all) await observations.addFailure(one);
      const newest = [...all].reverse();
      expect(await observations.failures({}, 10)).toEqual(newest);
      expect(await observations.failures({}, 2)).toEqual(newest.slice(0, 2));
      expect(await observations.failures({}, 2, newest[1])).toEqual(newest.slice(2));
      expect(await observations.failures({}, 2, newest[2])).toEqual(newest.slice(3));
      expect(await observations.failures({ sessionId: 'sess_00000002' }, 10)).toEqual([all[2]]);
      expect(await observations.failures({ code: 'visit_full' }, 10)).toEqual([all[3], all[2]]);
      expect(await observations.failures({ sessionId: 'sess_00000001', code: 'visit_full' }, 10)).toEqual([
        all[3],
      ]);
      expect(await observations.failures({ sessionId: '$ne' }, 10)).toEqual([]);
    });

    it(`addFailure keeps the latest ${MAX_FAILURES} of each session, and the same one once`, async () => {
      const { observations } = await opened();
      await observations.addFailure(failure(0, { sessionId: 'sess_00000002' }));
      for (let number = 0; number < MAX_FAILURES + 3; number++) {
        await observations.addFailure(failure(number + 1));
      }
      await observations.addFailure(failure(MAX_FAILURES + 3));
      const kept = await observations.failures({ sessionId: 'sess_00000001' }, 1000);
      expect(kept.map(({ at }) => at - NOW)).toEqual(
        Array.from({ length: MAX_FAILURES }, (_, index) => MAX_FAILURES + 3 - index),
      );
      expect(await observations.failures({}, 1000)).toHaveLength(MAX_FAILURES + 1);
    });

    it('quality returns the points of a session by time, each with its seat', async () => {
      const { observations } = await opened();
      await observations.addQuality('sess_00000001', [point(0), point(0, 1, { network: null, sent: null })]);
      await observations.addQuality('sess_00000001', [point(30), point(30, 1, { network: 'poor' })]);
      await observations.addQuality('sess_00000002', [point(5)]);
      expect(await observations.quality('sess_00000001')).toEqual([
        point(0),
        point(0, 1, { network: null, sent: null }),
        point(30),
        point(30, 1, { network: 'poor' }),
      ]);
      expect(await observations.quality('sess_00000003')).toEqual([]);
    });

    it(`addQuality keeps the latest ${MAX_QUALITY_POINTS} points of each seat`, async () => {
      const { observations } = await opened();
      const points = Array.from({ length: MAX_QUALITY_POINTS + 2 }, (_, index) => point(index));
      await observations.addQuality('sess_00000001', [point(0, 1)]);
      await observations.addQuality('sess_00000001', points.slice(0, -1));
      await observations.addQuality('sess_00000001', points.slice(-1));
      const kept = await observations.quality('sess_00000001');
      expect(kept.filter(({ seat }) => seat === 0)).toEqual(points.slice(2));
      expect(kept.filter(({ seat }) => seat === 1)).toEqual([point(0, 1)]);
    });

    it('deleteSeat deletes the observations of one seat, and may be repeated', async () => {
      const { observations } = await opened();
      const kept = [failure(3, { sessionId: 'sess_00000002' }), failure(2, { seat: 0 })];
      for (const one of [failure(1), ...kept]) await observations.addFailure(one);
      await observations.addQuality('sess_00000001', [point(0, 0), point(0, 1)]);
      for (let time = 0; time < 2; time++) await observations.deleteSeat('sess_00000001', 1);
      expect(await observations.failures({}, 10)).toEqual(kept);
      expect(await observations.quality('sess_00000001')).toEqual([point(0, 0)]);
    });

    it('purge deletes the observations of the sessions that it deletes', async () => {
      const store = await opened();
      const first = newVisit();
      const live = started(first.next);
      await store.insert(first);
      await store.update(live);
      await store.update(ended(live.next));
      const { sessionId } = first.next;
      await store.observations.addFailure(failure(1, { sessionId }));
      await store.observations.addFailure(failure(2));
      await store.observations.addQuality(sessionId, [point(0)]);
      await store.observations.addQuality('sess_00000001', [point(0)]);
      expect(await store.purge(Number.MAX_SAFE_INTEGER, 10)).toBe(1);
      expect(await store.observations.failures({}, 10)).toEqual([failure(2)]);
      expect(await store.observations.quality(sessionId)).toEqual([]);
      expect(await store.observations.quality('sess_00000001')).toEqual([point(0)]);
    });
  });
}

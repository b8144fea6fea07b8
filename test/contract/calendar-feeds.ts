import type { Store } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';

const A = { feedId: 'a', plain: true };
const B = { feedId: 'b', plain: false };

/** The contract of every store of calendar feeds. @param place provides a fresh database for each test */
export function calendarFeedsContract(name: string, place: () => { open: () => Promise<Store> }): void {
  describe(`calendar feeds in ${name}`, () => {
    const opened = async (open = place().open) => {
      const store = await open();
      onTestFinished(() => store.close());
      return store.calendarFeeds;
    };

    it('add stores a feed once, and returns the stored one', async () => {
      const feeds = await opened();
      expect(await feeds.find('u')).toBeUndefined();
      expect(await feeds.add('u', A)).toEqual(A);
      expect(await feeds.add('u', B)).toEqual(A);
      expect(await feeds.find('u')).toEqual(A);
      for (const other of ['U', 'u ', '', '$ne', '__proto__'])
        expect(await feeds.find(other)).toBeUndefined();
    });

    it('20 concurrent adds return the same feed', async () => {
      const feeds = await opened();
      const ids = Array.from({ length: 20 }, (_, index) => ({ feedId: `feed-${index}`, plain: true }));
      const added = await Promise.all(ids.map((feed) => feeds.add('u', feed)));
      expect(new Set(added.map(({ feedId }) => feedId))).toEqual(new Set([(await feeds.find('u'))?.feedId]));
    });

    it('replace stores a feed of a person with and without one', async () => {
      const feeds = await opened();
      await feeds.replace('u', B);
      expect(await feeds.find('u')).toEqual(B);
      await feeds.replace('u', A);
      expect(await feeds.find('u')).toEqual(A);
      expect(await feeds.find('v')).toBeUndefined();
    });

    it('delete removes the feed of one person, and may be repeated', async () => {
      const feeds = await opened();
      await feeds.add(String.raw`$where.a"'\{} ☂`, A);
      await feeds.add('v', B);
      for (let time = 0; time < 2; time++) await feeds.delete(String.raw`$where.a"'\{} ☂`);
      expect(await feeds.find(String.raw`$where.a"'\{} ☂`)).toBeUndefined();
      expect(await feeds.find('v')).toEqual(B);
    });

    it('feeds persist when the store is reopened', async () => {
      const { open } = place();
      const store = await open();
      await store.calendarFeeds.add('u', A);
      await store.close();
      expect(await (await opened(open)).find('u')).toEqual(A);
    });
  });
}

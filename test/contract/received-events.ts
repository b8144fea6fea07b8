import type { Store } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';

/** The contract of every received-events store. @param place provides a fresh database for each test */
export function receivedEventsContract(name: string, place: () => { open: () => Promise<Store> }): void {
  describe(`received events in ${name}`, () => {
    const opened = async (open: () => Promise<Store>) => {
      const store = await open();
      onTestFinished(() => store.close());
      return store;
    };

    it('an event is known after it was added', async () => {
      const { receivedEvents } = await opened(place().open);
      expect(await receivedEvents.has('msg_1')).toBe(false);
      await receivedEvents.add('msg_1', 1000, 0);
      expect(await receivedEvents.has('msg_1')).toBe(true);
      for (const other of ['msg_2', 'MSG_1', 'msg_1 ', '', '$ne', '__proto__'])
        expect(await receivedEvents.has(other)).toBe(false);
    });

    it('an event may be added several times, also concurrently', async () => {
      const { receivedEvents } = await opened(place().open);
      await Promise.all([1, 2, 3, 4, 5].map((at) => receivedEvents.add('msg_1', at, 0)));
      await receivedEvents.add('msg_1', 6, 0);
      expect(await receivedEvents.has('msg_1')).toBe(true);
    });

    it('add accepts ids of 256 arbitrary visible characters', async () => {
      const { receivedEvents } = await opened(place().open);
      const ids = [String.raw`$where.a"'\{}`, 'x'.repeat(256), '0'];
      for (const id of ids) await receivedEvents.add(id, 1000, 0);
      for (const id of ids) expect(await receivedEvents.has(id)).toBe(true);
    });

    it('old events are deleted', async () => {
      const { receivedEvents } = await opened(place().open);
      for (const at of [1000, 2000, 3000]) await receivedEvents.add(`msg_${at}`, at, 0);
      await receivedEvents.add('msg_4000', 4000, 2000);
      const known = await Promise.all([1000, 2000, 3000, 4000].map((at) => receivedEvents.has(`msg_${at}`)));
      expect(known).toEqual([false, true, true, true]);
    });

    it('events persist when the store is reopened', async () => {
      const { open } = place();
      const store = await open();
      await store.receivedEvents.add('msg_1', 1000, 0);
      await store.close();
      expect(await (await opened(open)).receivedEvents.has('msg_1')).toBe(true);
    });
  });
}

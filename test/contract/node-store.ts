import type { Heartbeat } from '@televisit/server/domain/node-store';
import type { Store } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';

const heartbeat = (nodeId: string, processId: string, changes: Partial<Heartbeat> = {}): Heartbeat => ({
  nodeId,
  processId,
  holder: null,
  url: 'http://10.0.0.5:3000',
  region: 'eu',
  version: '1.2.3',
  capacity: 100,
  load: { participants: 2, consumers: 8, cpu: 0.25, bitrate: 1_500_000, full: false },
  beat: 1,
  aliveAt: 1000,
  ...changes,
});

/** The contract of every node store. @param place provides a fresh database for each test */
export function nodeStoreContract(name: string, place: () => { open: () => Promise<Store> }): void {
  describe(`nodes in ${name}`, () => {
    const opened = async () => {
      const store = await place().open();
      onTestFinished(() => store.close());
      return store.nodes;
    };

    it('list returns nodes by name with their last heartbeat', async () => {
      const nodes = await opened();
      expect(await nodes.list()).toEqual([]);
      await nodes.beat(heartbeat('sfu-2', 'b'), null);
      await nodes.beat(heartbeat('sfu-1', 'a'), null);
      const later = heartbeat('sfu-1', 'a', { beat: 2, aliveAt: 2000, region: null, capacity: null });
      expect(await nodes.beat(later, 'a')).toEqual({ ...later, drainUntil: null });
      expect(await nodes.list()).toEqual([
        { ...later, drainUntil: null },
        { ...heartbeat('sfu-2', 'b'), drainUntil: null },
      ]);
    });

    it('a node belongs to one process when several claim it concurrently', async () => {
      const nodes = await opened();
      const taken = await Promise.all(
        ['a', 'b', 'c', 'd'].map((processId) => nodes.beat(heartbeat('sfu-1', processId), null)),
      );
      const [winner, ...others] = taken.filter((record) => record !== null);
      expect(others).toEqual([]);
      expect(await nodes.list()).toEqual([winner]);
      expect(await nodes.beat(heartbeat('sfu-1', 'e'), null)).toBe(null);
      expect(await nodes.beat(heartbeat('sfu-1', 'e'), 'f')).toBe(null);
      expect(await nodes.list()).toEqual([winner]);
    });

    it('a node is taken over undrained from the given process, which loses it', async () => {
      const nodes = await opened();
      await nodes.beat(heartbeat('sfu-1', 'a'), null);
      await nodes.drain('sfu-1', 5000);
      const taken = heartbeat('sfu-1', 'b');
      expect(await nodes.beat(taken, 'a')).toEqual({ ...taken, drainUntil: null });
      expect(await nodes.beat(heartbeat('sfu-1', 'a', { beat: 2 }), 'a')).toBe(null);
      await nodes.release('sfu-1', 'a');
      expect(await nodes.list()).toEqual([{ ...taken, drainUntil: null }]);
    });

    it('a node stays draining across heartbeats until draining is cancelled', async () => {
      const nodes = await opened();
      await nodes.beat(heartbeat('sfu-1', 'a'), null);
      expect(await nodes.drain('sfu-1', 5000)).toBe(true);
      expect(await nodes.beat(heartbeat('sfu-1', 'a', { beat: 2 }), 'a')).toMatchObject({ drainUntil: 5000 });
      expect(await nodes.drain('sfu-1', null)).toBe(true);
      expect(await nodes.list()).toMatchObject([{ beat: 2, drainUntil: null }]);
      expect(await nodes.drain('sfu-9', 5000)).toBe(false);
    });

    it('a node is not listed after its release', async () => {
      const nodes = await opened();
      await nodes.beat(heartbeat('sfu-1', 'a'), null);
      await nodes.release('sfu-1', 'a');
      await nodes.release('sfu-1', 'a');
      expect(await nodes.list()).toEqual([]);
      expect(await nodes.beat(heartbeat('sfu-1', 'b'), null)).not.toBe(null);
    });
  });
}

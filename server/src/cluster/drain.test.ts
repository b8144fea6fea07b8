import { TelevisitError } from '@televisit/shared/errors';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import type { NodeStore } from '../domain/node-store.ts';
import { Drain, type DrainableRoom } from './drain.ts';
import type { KnownNode, NodeRegistry } from './node-registry.ts';

const CHECK_MS = 500;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A process that runs `sfu-1` with some rooms, next to another process with `sfu-2`. */
function draining(rooms: DrainableRoom[], other: Partial<KnownNode> = {}) {
  const clock = new ManualClock();
  const node = (nodeId: string, changes: object) =>
    ({ nodeId, alive: true, here: false, drainUntil: null, load: { full: false }, ...changes }) as KnownNode;
  const state = { drainUntil: null as number | null };
  const second = () => node('sfu-2', other);
  const own = () => node('sfu-1', { here: true, drainUntil: state.drainUntil });
  const move = vi.fn((room: DrainableRoom) => {
    rooms.splice(rooms.indexOf(room), 1);
    return Promise.resolve();
  });
  const failed = vi.fn();
  const drain = new Drain({
    onMoveFailed: failed,
    store: {
      drain: (_: string, until: number | null) => {
        state.drainUntil = until;
        return Promise.resolve(true);
      },
    } as NodeStore,
    nodes: {
      nodes: () => [own(), second()],
      get othersAccept() {
        const { alive, drainUntil, load } = second();
        return alive && drainUntil === null && !load.full;
      },
      find: () => own(),
      announce: () => Promise.resolve(),
    } as unknown as NodeRegistry,
    nodeIds: ['sfu-1'],
    rooms: {
      get size() {
        return rooms.length;
      },
      on: () => Promise.resolve([...rooms]),
      move: (room: DrainableRoom) => move(room),
    },
    clock,
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(() => drain.stop());
  let isDone = false;
  void drain.done.then(() => (isDone = true));
  const check = async () => {
    clock.advance(CHECK_MS);
    await settled();
  };
  return { drain, clock, state, move, failed, check, isDone: () => isDone };
}

/** A room that everyone leaves as soon as it has moved. */
const room = (sessionId: string, connected = true): DrainableRoom => ({
  sessionId,
  connected,
  onClose: (left) => left(),
});

describe('Drain', () => {
  it('moves nothing while no node is draining', async () => {
    const { move, check, isDone } = draining([room('a')]);
    await check();
    expect(move).not.toHaveBeenCalled();
    expect(isDone()).toBe(false);
  });

  it('moves the rooms off a draining node and is done once it is empty', async () => {
    const { state, move, check, isDone, clock } = draining([room('a'), room('b')]);
    state.drainUntil = clock.now() + 60_000;
    await check();
    expect(move).toHaveBeenCalledTimes(2);
    await check();
    expect(isDone()).toBe(true);
  });

  it('moves at most five rooms at the same time', async () => {
    const { state, move, check, clock } = draining(Array.from({ length: 8 }, (_, index) => room(`${index}`)));
    const first = Promise.withResolvers<undefined>();
    move.mockImplementation(() => first.promise);
    state.drainUntil = clock.now() + 60_000;
    await check();
    expect(move).toHaveBeenCalledTimes(5);
    first.resolve(undefined);
    await settled();
    expect(move).toHaveBeenCalledTimes(8);
  });

  it('waits for the people of the rooms under way before it moves the next, for three seconds at most', async () => {
    const leave: (() => void)[] = [];
    const rooms = Array.from({ length: 8 }, (_, index) => ({
      ...room(`${index}`),
      onClose: (left: () => void) => void leave.push(left),
    }));
    const { state, move, check, clock } = draining(rooms);
    state.drainUntil = clock.now() + 60_000;
    await check();
    expect(move).toHaveBeenCalledTimes(5);
    leave[0]?.();
    await settled();
    expect(move).toHaveBeenCalledTimes(6);
    clock.advance(2999);
    await settled();
    expect(move).toHaveBeenCalledTimes(6);
    clock.advance(1);
    await settled();
    expect(move).toHaveBeenCalledTimes(8);
  });

  it('moves a tenth of many rooms at the same time', async () => {
    const rooms = Array.from({ length: 200 }, (_, index) => ({
      ...room(`${index}`),
      onClose: () => undefined,
    }));
    const { state, move, check, clock } = draining(rooms);
    state.drainUntil = clock.now() + 60_000;
    await check();
    expect(move).toHaveBeenCalledTimes(20);
  });

  it('moves no more rooms after it was stopped, or after the deadline', async () => {
    const many = () =>
      Array.from({ length: 20 }, (_, index) => ({ ...room(`${index}`), onClose: () => undefined }));
    const stopped = draining(many());
    stopped.state.drainUntil = stopped.clock.now() + 60_000;
    await stopped.check();
    await stopped.drain.stop();
    expect(stopped.move).toHaveBeenCalledTimes(5);
    const late = draining(many());
    late.state.drainUntil = late.clock.now() + CHECK_MS + 1000;
    await late.check();
    late.clock.advance(3000);
    await settled();
    expect(late.move).toHaveBeenCalledTimes(5);
    expect(late.isDone()).toBe(true);
  });

  it('leaves a room in place while none of its participants is connected', async () => {
    const { state, move, check, isDone, clock } = draining([room('a', false)]);
    state.drainUntil = clock.now() + 60_000;
    await check();
    expect(move).not.toHaveBeenCalled();
    expect(isDone()).toBe(false);
  });

  it('is done at the deadline even if rooms are left', async () => {
    const { state, check, isDone, clock } = draining([room('a', false)]);
    state.drainUntil = clock.now() + CHECK_MS;
    await check();
    expect(isDone()).toBe(true);
  });

  it('tries a failed move again at the next check', async () => {
    const { state, move, check, clock } = draining([room('a')]);
    move.mockRejectedValueOnce(new TelevisitError('conflict'));
    state.drainUntil = clock.now() + 60_000;
    await check();
    await check();
    expect(move).toHaveBeenCalledTimes(2);
  });

  it('stops moving until the next check when no other node has capacity', async () => {
    const { state, move, failed, check, clock } = draining(
      Array.from({ length: 8 }, (_, index) => room(`${index}`)),
    );
    move.mockRejectedValue(new TelevisitError('no_capacity'));
    state.drainUntil = clock.now() + 60_000;
    await check();
    expect(move).toHaveBeenCalledTimes(5);
    expect(failed).toHaveBeenCalledTimes(5);
  });
});

describe('Drain.evacuate', () => {
  it('drains all own nodes at once and resolves when they are empty', async () => {
    const { drain, state, move, clock, check } = draining([room('a')]);
    const evacuating = drain.evacuate(25);
    await settled();
    expect(state.drainUntil).toBe(clock.now() + 25_000);
    expect(move).toHaveBeenCalledTimes(1);
    await check();
    await evacuating;
  });

  it('resolves at the deadline even if the drain was withdrawn', async () => {
    const { drain, state, clock, isDone } = draining([room('a', false)]);
    const evacuating = drain.evacuate(25);
    await settled();
    state.drainUntil = null;
    clock.advance(25_000);
    await evacuating;
    expect(isDone()).toBe(true);
  });

  it.each([
    ['is lost', { alive: false }],
    ['is draining', { drainUntil: 1 }],
    ['is full', { load: { full: true } as KnownNode['load'] }],
  ])('does nothing if the only other node %s', async (_, other) => {
    const { drain, state, isDone } = draining([room('a')], other);
    await drain.evacuate(25);
    expect(state.drainUntil).toBeNull();
    expect(isDone()).toBe(false);
  });
});

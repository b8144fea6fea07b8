import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReorderBuffer } from './reorder-buffer.ts';

const WINDOW_MS = 500;
const START_MS = 500;

function buffer({ capacity = 4096 } = {}) {
  const events: (number | string)[] = [];
  const order = new ReorderBuffer<number>({
    windowMs: WINDOW_MS,
    startMs: START_MS,
    capacity,
    onPacket: (packet) => events.push(packet),
    onGap: (lost) => events.push(`gap ${lost}`),
  });
  return { order, events };
}

/** Packets at 20 ms, each with the delay with which it arrives, twice if `again` is a delay, not at all if it is lost. */
const network = fc.record({
  first: fc.nat(0xffff),
  packets: fc.array(
    fc.record({
      delay: fc.nat(WINDOW_MS - 101),
      again: fc.option(fc.nat(2000), { nil: null }),
      isLost: fc.boolean(),
    }),
    { minLength: 1, maxLength: 200 },
  ),
});

interface Arrival {
  readonly at: number;
  readonly index: number;
}

/** Delivers packets at their times, with a call of `advance` every 100 ms as the process makes it. */
function deliver(order: ReorderBuffer<number>, first: number, arrivals: readonly Arrival[]): void {
  let now = 0;
  for (const { at, index } of arrivals.toSorted((left, right) => left.at - right.at)) {
    for (; now + 100 <= at; now += 100) order.advance(now + 100);
    order.push((first + index) & 0xffff, index, at);
  }
  order.flush();
}

describe('ReorderBuffer', () => {
  it('restores the order of packets that are reordered and repeated within the window', () => {
    fc.assert(
      fc.property(network, ({ first, packets }) => {
        const { order, events } = buffer();
        const arrivals = packets.flatMap(({ delay, again }, index) => [
          { at: index * 20 + delay, index },
          ...(again === null ? [] : [{ at: index * 20 + delay + again, index }]),
        ]);
        deliver(order, first, arrivals);
        expect(events).toEqual(packets.map((_, index) => index));
      }),
    );
  });

  it('delivers what is not lost in order, each packet once, and counts what is lost in between', () => {
    fc.assert(
      fc.property(network, ({ first, packets }) => {
        const { order, events } = buffer();
        const arrivals = packets.flatMap(({ delay, again, isLost }, index) =>
          isLost
            ? []
            : [
                { at: index * 20 + delay, index },
                ...(again === null ? [] : [{ at: index * 20 + delay + again, index }]),
              ],
        );
        deliver(order, first, arrivals);
        const sent = packets.flatMap(({ isLost }, index) => (isLost ? [] : [index]));
        expect(events.filter((event) => typeof event === 'number')).toEqual(sent);
        const lost = events.reduce<number>(
          (sum, event) => sum + (typeof event === 'string' ? Number(event.slice(4)) : 0),
          0,
        );
        expect(lost).toBe(sent.length === 0 ? 0 : sent.at(-1)! - sent[0]! + 1 - sent.length);
      }),
    );
  });

  it('waits for a missing packet for the window, and then declares the gap', () => {
    const { order, events } = buffer();
    order.push(10, 10, 0);
    order.advance(START_MS);
    order.push(12, 12, 1000);
    order.push(13, 13, 1100);
    order.advance(1499);
    expect(events).toEqual([10]);
    order.advance(1500);
    expect(events).toEqual([10, 'gap 1', 12, 13]);
    order.push(11, 11, 1600);
    expect(events).toHaveLength(4);
  });

  it('gives up the first gap if it holds more packets than its capacity', () => {
    const { order, events } = buffer({ capacity: 3 });
    order.push(0, 0, 0);
    order.advance(START_MS);
    for (const sequence of [2, 3, 4, 5]) order.push(sequence, sequence, 600);
    expect(events).toEqual([0, 'gap 1', 2, 3, 4, 5]);
  });

  it('follows a sender that restarts its numbering', () => {
    const { order, events } = buffer();
    order.push(20_000, 20_000, 0);
    order.advance(START_MS);
    // One packet alone may be very late.
    for (const sequence of [20_001, 5, 20_002, 5, 6, 7]) order.push(sequence, sequence, 600);
    order.flush();
    expect(events).toEqual([20_000, 20_001, 20_002, 'gap 0', 6, 7]);
  });
});

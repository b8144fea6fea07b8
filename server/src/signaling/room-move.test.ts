import { describe, expect, it } from 'vitest';
import { ManualClock } from '../domain/testing/manual-clock.ts';
import type { Connection } from './connection.ts';
import { MOVE_PATIENCE_MS, RoomMove } from './room-move.ts';

/** A move of a visit with two people in it, who are no more than themselves here. */
function moving() {
  const clock = new ManualClock();
  const joined = [{}, {}] as unknown as [Connection, Connection];
  const here = new Set<Connection>(joined);
  let done = 0;
  const move = new RoomMove({ clock, joined: () => [...here], onDone: () => (done += 1) });
  return { clock, joined, here, move, done: () => done };
}

describe('a move', () => {
  it('is over when the last one has gone over', () => {
    const { move, joined, done } = moving();
    move.begin();
    move.start();
    move.isOver(joined[0]);
    expect(done()).toBe(0);
    move.isOver(joined[1]);
    expect(done()).toBe(1);
  });

  it('does not wait for somebody whose connection is gone', () => {
    const { move, joined, here, done } = moving();
    move.begin();
    move.start();
    move.isOver(joined[0]);
    here.delete(joined[1]);
    move.look();
    expect(done()).toBe(1);
  });

  it('is over after its patience, whoever has not gone over', () => {
    const { move, joined, clock, done } = moving();
    move.begin();
    move.start();
    move.isOver(joined[0]);
    clock.advance(MOVE_PATIENCE_MS - 1);
    expect(done()).toBe(0);
    clock.advance(1);
    expect(done()).toBe(1);
  });

  it('that could not be placed is none, and one that people know of is not taken back', () => {
    const { move } = moving();
    move.begin();
    expect([move.begun, move.told]).toEqual([true, false]);
    move.undo();
    expect(move.begun).toBe(false);
    move.begin();
    move.start();
    move.undo();
    expect([move.begun, move.told]).toEqual([true, true]);
  });

  it('tells nothing before it has begun, and nothing once it is closed', () => {
    const { move, here, clock, done } = moving();
    here.clear();
    move.look();
    expect(done()).toBe(0);
    const other = moving();
    other.move.start();
    other.move.close();
    clock.advance(MOVE_PATIENCE_MS);
    other.clock.advance(MOVE_PATIENCE_MS);
    expect(other.done()).toBe(0);
  });
});

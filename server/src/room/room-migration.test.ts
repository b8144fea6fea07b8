import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import type { MemberConnection } from './member-connection.ts';
import { MIGRATION_TIMEOUT_MS, RoomMigration } from './room-migration.ts';

/** A migration of a session with two participants, of whom only the identity of the connections matters. */
function migrating() {
  const clock = new ManualClock();
  const joined = [{}, {}] as unknown as [MemberConnection, MemberConnection];
  const here = new Set<MemberConnection>(joined);
  let done = 0;
  const migration = new RoomMigration({ clock, connections: () => [...here], onDone: () => (done += 1) });
  return { clock, joined, here, migration, done: () => done };
}

describe('RoomMigration', () => {
  it('is done when the last participant has moved over', () => {
    const { migration, joined, done } = migrating();
    migration.begin();
    migration.announce();
    migration.complete(joined[0]);
    expect(done()).toBe(0);
    migration.complete(joined[1]);
    expect(done()).toBe(1);
  });

  it('is done without a participant whose connection is gone', () => {
    const { migration, joined, here, done } = migrating();
    migration.begin();
    migration.announce();
    migration.complete(joined[0]);
    here.delete(joined[1]);
    migration.check();
    expect(done()).toBe(1);
  });

  it('is done after the timeout, even if a participant has not moved over', () => {
    const { migration, joined, clock, done } = migrating();
    migration.begin();
    migration.announce();
    migration.complete(joined[0]);
    clock.advance(MIGRATION_TIMEOUT_MS - 1);
    expect(done()).toBe(0);
    clock.advance(1);
    expect(done()).toBe(1);
  });

  it('abort takes a migration back that was not announced, and no other', () => {
    const { migration } = migrating();
    migration.begin();
    expect([migration.isOwn, migration.isAnnounced]).toEqual([true, false]);
    migration.abort();
    expect(migration.isOwn).toBe(false);
    migration.begin();
    migration.announce();
    migration.abort();
    expect([migration.isOwn, migration.isAnnounced]).toEqual([true, true]);
  });

  it('does not finish before it is announced, nor after it is closed', () => {
    const { migration, here, clock, done } = migrating();
    here.clear();
    migration.check();
    expect(done()).toBe(0);
    const other = migrating();
    other.migration.announce();
    other.migration.close();
    clock.advance(MIGRATION_TIMEOUT_MS);
    other.clock.advance(MIGRATION_TIMEOUT_MS);
    expect(other.done()).toBe(0);
  });
});

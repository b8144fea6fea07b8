import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../core/emitter.ts';
import { Migration, migrationTransition, type MigrationEvent, type MigrationStage } from './migration.ts';
import { asTrack, FakeTrack, person } from '../testing/fakes.ts';
import type { NodeSession } from './node-session.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { INITIAL_STATE, type VisitState } from '../state/visit-state.ts';

interface Events {
  tracks: undefined;
  gone: undefined;
  left: string;
}

/** A side as far as a handover looks at it. */
class Side extends Emitter<Events> {
  tracks: RemoteTrack[] = [];
  joinedAt: number | null = null;
  gone = false;
  readonly departed: string[] = [];

  hasLeft(userId: string): boolean {
    return this.departed.includes(userId);
  }

  join(): void {
    this.joinedAt = performance.now();
  }

  /** A stream of somebody; a silent one has brought nothing yet. */
  stream(userId: string, silent = false): FakeTrack {
    const track = new FakeTrack('video');
    track.muted = silent;
    this.tracks.push({ consumerId: `${userId}-c`, userId, source: 'camera', track: asTrack(track) });
    this.emit('tracks', undefined);
    return track;
  }

  lose(): void {
    this.gone = true;
    this.emit('gone', undefined);
  }

  tellLeft(userId: string): void {
    this.departed.push(userId);
    this.emit('left', userId);
  }
}

let from: Side;
let to: Side;
let migration: Migration;
let told: string[];
let live: (track: RemoteTrack) => boolean;

const stateOf = (...userIds: string[]): VisitState => ({
  ...INITIAL_STATE,
  participants: userIds.map((userId) => person(userId)),
});
const asSide = (side: Side) => side as unknown as NodeSession;

beforeEach(() => {
  vi.useFakeTimers();
  from = new Side();
  to = new Side();
  told = [];
  live = () => true;
  migration = new Migration({ from: asSide(from), to: asSide(to), isLive: (track) => live(track) });
  migration.on('ready', () => {
    told.push('ready');
    if (!migration.done) migration.show(stateOf(), stateOf());
  });
  migration.on('tracks', () => told.push('tracks'));
  migration.on('departed', (userIds) => told.push(`departed ${userIds.join()}`));
  migration.on('closed', () => {
    told.push('closed');
    migration.close();
  });
});
afterEach(() => {
  migration.close();
  vi.useRealTimers();
});

describe('Migration', () => {
  it('is ready once the new side has joined, where the old one brings nothing', () => {
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([]);
    to.join();
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['ready']);
  });

  it('is ready when every live stream has brought something over the new side, and time to decode it has passed', () => {
    from.stream('pat1');
    from.stream('pat2');
    live = ({ userId }) => userId === 'pat1';
    to.join();
    const track = to.stream('pat1', true);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
    track.muted = false;
    vi.advanceTimersByTime(200);
    expect(told).toEqual([]);
    track.muted = true;
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
    track.muted = false;
    vi.advanceTimersByTime(300);
    expect(told).toEqual(['ready']);
  });

  it('waits for no stream of somebody who has left over the new side', () => {
    from.stream('pat1');
    to.join();
    to.tellLeft('pat1');
    vi.advanceTimersByTime(300);
    expect(told).toEqual(['ready']);
    expect(migration.streams).toEqual([]);
  });

  it('is ready 5 s after the join at the latest, and keeps what has not come over the new side', () => {
    from.stream('pat1');
    vi.advanceTimersByTime(10_000);
    to.join();
    vi.advanceTimersByTime(4_900);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(['ready']);
    expect(migration.streams).toEqual(from.tracks);
    to.stream('pat1');
    expect(told).toEqual(['ready', 'tracks']);
    expect(migration.streams).toEqual([]);
  });

  it('shows a stream of the old side never again once it came over the new one', () => {
    from.stream('pat1');
    to.join();
    const track = to.stream('pat1');
    vi.advanceTimersByTime(200);
    expect(told).toEqual(['ready']);
    track.muted = true;
    to.tracks = [];
    vi.advanceTimersByTime(1_000);
    expect(migration.streams).toEqual([]);
  });

  it('is ready at once where the old side is gone, and keeps its last streams until the new one has joined', () => {
    from.stream('pat1');
    from.lose();
    expect(told).toEqual(['ready']);
    vi.advanceTimersByTime(3_000);
    to.join();
    vi.advanceTimersByTime(4_900);
    expect(migration.streams).toEqual(from.tracks);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(['ready', 'closed']);
  });

  it('closes the old side as soon as it is gone and nothing of it is shown', () => {
    to.join();
    vi.advanceTimersByTime(100);
    from.lose();
    expect(told).toEqual(['ready', 'closed']);
  });

  it('closes the old side 15 s after the new one was shown, whatever the server does', () => {
    to.join();
    vi.advanceTimersByTime(100);
    vi.advanceTimersByTime(14_900);
    expect(told).toEqual(['ready']);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(['ready', 'closed']);
  });

  it('show() keeps how those look who are not back on the new side yet, unless they left', () => {
    to.join();
    from.departed.push('pat3');
    const away = ['pat1', 'pat2', 'pat3'].map((userId) => person(userId, { connected: false }));
    const after = { ...INITIAL_STATE, participants: [...away, person('pat4', { away: true })] };
    const shown = migration.show(stateOf('pat1', 'pat2', 'pat3', 'pat4'), after);
    expect(shown.participants).toMatchObject([
      { userId: 'pat1', connected: true },
      { userId: 'pat2', connected: true },
      { userId: 'pat3', connected: false },
      { userId: 'pat4', away: true },
    ]);
  });

  it('show() keeps those whom the old side alone has, until it is closed or they leave or arrive', () => {
    to.join();
    from.tellLeft('pat5');
    to.tellLeft('pat6');
    const shown = migration.show(
      stateOf('pat1', 'pat2', 'pat3', 'pat4', 'pat5', 'pat6'),
      stateOf('pat1', 'pat7'),
    );
    expect(shown.participants.map(({ userId }) => userId)).toEqual(['pat1', 'pat7', 'pat2', 'pat3', 'pat4']);
    from.tellLeft('pat2');
    from.tellLeft('pat1');
    migration.arrived('pat3');
    from.tellLeft('pat3');
    from.lose();
    expect(told).toEqual(['departed pat2', 'departed pat4', 'closed']);
  });

  it('close() is idempotent, and nothing is told afterwards', () => {
    migration.close();
    migration.close();
    to.join();
    from.lose();
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual([]);
  });
});

describe('migrationTransition()', () => {
  const RUNS = { seed: 20_261_129, numRuns: 500 };
  const START: MigrationStage = { kind: 'connecting', completeSince: null };
  const ids = fc.uniqueArray(fc.constantFrom('ana', 'ben', 'cem')).map((list) => new Set(list));
  const at = fc.nat({ max: 10_000 });
  const events = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('checked' as const), complete: fc.boolean(), at }),
      fc.record({ type: fc.constant('shown' as const), at, awaited: ids, kept: ids }),
      fc.record({ type: fc.constant('streams' as const), awaited: ids }),
      fc.record({ type: fc.constant('resolved' as const), userId: fc.constantFrom('ana', 'ben', 'cem') }),
      fc.constant<MigrationEvent>({ type: 'closed' }),
    ),
    { maxLength: 20 },
  );

  it('moves only from connecting over draining to closed, after any sequence of events', () => {
    const order = ['connecting', 'draining', 'closed'];
    fc.assert(
      fc.property(events, (list) => {
        let stage: MigrationStage = START;
        for (const event of list) {
          const next = migrationTransition(stage, event);
          expect(order.indexOf(next.kind)).toBeGreaterThanOrEqual(order.indexOf(stage.kind));
          expect(next.kind === 'closed').toBe(stage.kind === 'closed' || event.type === 'closed');
          stage = next;
        }
      }),
      RUNS,
    );
  });

  it('is shown once: a later event changes neither the time nor adds participants', () => {
    fc.assert(
      fc.property(events, events, (before, rest) => {
        const shown: MigrationEvent = { type: 'shown', at: 1, awaited: new Set(), kept: new Set(['ana']) };
        const stage = [...before, shown].reduce(migrationTransition, START);
        const later = rest.reduce(migrationTransition, stage);
        if (stage.kind !== 'draining' || later.kind !== 'draining') return;
        expect(later.shownAt).toBe(stage.shownAt);
        expect([...stage.kept]).toEqual(expect.arrayContaining([...later.kept]));
      }),
      RUNS,
    );
  });

  it('forgets since when the target is complete as soon as it is not', () => {
    const complete = migrationTransition(START, { type: 'checked', complete: true, at: 5 });
    expect(migrationTransition(complete, { type: 'checked', complete: true, at: 9 })).toEqual(complete);
    expect(migrationTransition(complete, { type: 'checked', complete: false, at: 9 })).toEqual(START);
  });
});

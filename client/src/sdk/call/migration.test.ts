import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../core/emitter.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { INITIAL_STATE, type VisitState } from '../state/visit-state.ts';
import { asTrack, FakeTrack, person } from '../testing/fakes.ts';
import {
  isShowable,
  Migration,
  migrationTransition,
  type MigrationEvent,
  type MigrationStage,
} from './migration.ts';
import type { NodeSession } from './node-session.ts';

interface Events {
  tracks: undefined;
  gone: undefined;
  left: string;
}

/** A node session as a migration sees it. */
class Session extends Emitter<Events> {
  tracks: RemoteTrack[] = [];
  joinedAt: number | null = null;
  gone = false;
  readonly departed: string[] = [];
  /** The consumers of which no frame has been decoded. */
  readonly frameless = new Set<string>();

  hasLeft(userId: string): boolean {
    return this.departed.includes(userId);
  }

  withoutFrame(): Promise<ReadonlySet<string>> {
    return Promise.resolve(this.frameless);
  }

  join(): void {
    this.joinedAt = performance.now();
  }

  /** Adds a stream; a silent one has delivered nothing yet. */
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

let from: Session;
let to: Session;
let migration: Migration;
let emitted: string[];
let live: (track: RemoteTrack) => boolean;

const stateOf = (...userIds: string[]): VisitState => ({
  ...INITIAL_STATE,
  participants: userIds.map((userId) => person(userId)),
});
const asNodeSession = (session: Session) => session as unknown as NodeSession;

beforeEach(() => {
  vi.useFakeTimers();
  from = new Session();
  to = new Session();
  emitted = [];
  live = () => true;
  migration = new Migration({
    from: asNodeSession(from),
    to: asNodeSession(to),
    isLive: (track) => live(track),
  });
  migration.on('ready', () => {
    emitted.push('ready');
    if (!migration.done) migration.show(stateOf(), stateOf());
  });
  migration.on('tracks', () => emitted.push('tracks'));
  migration.on('departed', (userIds) => emitted.push(`departed ${userIds.join()}`));
  migration.on('closed', () => {
    emitted.push('closed');
    migration.close();
  });
});
afterEach(() => {
  migration.close();
  vi.useRealTimers();
});

describe('Migration', () => {
  it('is ready once the target has joined when the source delivers nothing', () => {
    vi.advanceTimersByTime(10_000);
    expect(emitted).toEqual([]);
    to.join();
    vi.advanceTimersByTime(100);
    expect(emitted).toEqual(['ready']);
  });

  it('shows the target once every live stream arrives from it and its sound has had time to start', async () => {
    from.stream('pat1');
    from.stream('pat2');
    live = ({ userId }) => userId === 'pat1';
    to.join();
    const track = to.stream('pat1', true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(emitted).toEqual([]);
    track.muted = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(emitted).toEqual([]);
    track.muted = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(emitted).toEqual([]);
    track.muted = false;
    await vi.advanceTimersByTimeAsync(300);
    expect(emitted).toEqual(['ready']);
  });

  it('waits for the first picture of each live stream, but not for those of others', async () => {
    from.stream('pat1');
    from.stream('pat2');
    live = ({ userId }) => userId === 'pat1';
    to.join();
    to.stream('pat1');
    to.stream('pat2');
    to.frameless.add('pat1-c').add('pat2-c');
    await vi.advanceTimersByTimeAsync(800);
    expect(emitted).toEqual([]);
    to.frameless.delete('pat1-c');
    await vi.advanceTimersByTimeAsync(200);
    expect(emitted).toEqual(['ready']);
  });

  it('waits for a picture one second after the packets at most', async () => {
    from.stream('pat1');
    to.join();
    to.stream('pat1');
    to.frameless.add('pat1-c');
    await vi.advanceTimersByTimeAsync(900);
    expect(emitted).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(emitted).toEqual(['ready']);
  });

  it('does not wait for streams of a participant who has left the target', async () => {
    from.stream('pat1');
    to.join();
    to.tellLeft('pat1');
    await vi.advanceTimersByTimeAsync(300);
    expect(emitted).toEqual(['ready']);
    expect(migration.streams).toEqual([]);
  });

  it('is ready 5 s after the join at the latest, and keeps streams that the target lacks', () => {
    from.stream('pat1');
    vi.advanceTimersByTime(10_000);
    to.join();
    vi.advanceTimersByTime(4_900);
    expect(emitted).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(emitted).toEqual(['ready']);
    expect(migration.streams).toEqual(from.tracks);
    to.stream('pat1');
    expect(emitted).toEqual(['ready', 'tracks']);
    expect(migration.streams).toEqual([]);
  });

  it('never plays a stream from the source again once the target delivers it', async () => {
    from.stream('pat1');
    to.join();
    const track = to.stream('pat1');
    await vi.advanceTimersByTimeAsync(300);
    expect(emitted).toEqual(['ready']);
    track.muted = true;
    to.tracks = [];
    vi.advanceTimersByTime(1_000);
    expect(migration.streams).toEqual([]);
  });

  it('is ready at once when the source is lost, and keeps its last streams until the target has joined', () => {
    from.stream('pat1');
    from.lose();
    expect(emitted).toEqual(['ready']);
    vi.advanceTimersByTime(3_000);
    to.join();
    vi.advanceTimersByTime(4_900);
    expect(migration.streams).toEqual(from.tracks);
    vi.advanceTimersByTime(200);
    expect(emitted).toEqual(['ready', 'closed']);
  });

  it('closes the source as soon as it is lost and nothing is played from it', () => {
    to.join();
    vi.advanceTimersByTime(100);
    from.lose();
    expect(emitted).toEqual(['ready', 'closed']);
  });

  it('closes the source 15 s after the target was shown, whatever the server does', () => {
    to.join();
    vi.advanceTimersByTime(100);
    vi.advanceTimersByTime(14_900);
    expect(emitted).toEqual(['ready']);
    vi.advanceTimersByTime(200);
    expect(emitted).toEqual(['ready', 'closed']);
  });

  it('show() keeps participants as they were who are not connected to the target yet, unless they left', () => {
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

  it('show() keeps participants that only the source has until it closes, or they leave or arrive', () => {
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
    expect(emitted).toEqual(['departed pat2', 'departed pat4', 'closed']);
  });

  it('close() is idempotent and stops all events', () => {
    migration.close();
    migration.close();
    to.join();
    from.lose();
    vi.advanceTimersByTime(20_000);
    expect(emitted).toEqual([]);
  });
});

describe('migrationTransition()', () => {
  const RUNS = { seed: 20_261_129, numRuns: 500 };
  const START: MigrationStage = { kind: 'connecting', completeSince: null, pictured: false };
  const ids = fc.uniqueArray(fc.constantFrom('ana', 'ben', 'cem')).map((list) => new Set(list));
  const at = fc.nat({ max: 10_000 });
  const events = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('checked' as const), complete: fc.boolean(), at }),
      fc.record({ type: fc.constant('shown' as const), at, awaited: ids, kept: ids }),
      fc.record({ type: fc.constant('streams' as const), awaited: ids }),
      fc.constant<MigrationEvent>({ type: 'pictured' }),
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
    const pictured = migrationTransition(complete, { type: 'pictured' });
    expect([isShowable(pictured, 204), isShowable(pictured, 205)]).toEqual([false, true]);
    expect([isShowable(complete, 1_004), isShowable(complete, 1_005)]).toEqual([false, true]);
    expect(migrationTransition(pictured, { type: 'checked', complete: false, at: 9 })).toEqual(START);
    expect(migrationTransition(START, { type: 'pictured' })).toEqual(START);
  });
});

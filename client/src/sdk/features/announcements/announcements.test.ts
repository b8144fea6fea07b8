import { describe, expect, it } from 'vitest';
import { INITIAL_STATE, stopped } from '../../state/visit-state.ts';
import { callFeatures } from '../../testing/call-features.ts';
import { joinResult } from '../../testing/fakes.ts';
import { announced, announcementClosed } from './announcements.ts';

describe('announcements', () => {
  const line = (text: string) => ({ text, at: '2026-01-01T10:00:00.000Z' });
  const after = (...texts: string[]) =>
    texts.reduce((state, text) => announced(state, line(text)), INITIAL_STATE);

  it('announced() adds an announcement once, even if it comes twice, and keeps the last three', () => {
    expect(after('one', 'two', 'one').announcements).toEqual([line('one'), line('two')]);
    expect(after('one', 'two', 'three', 'four').announcements.map(({ text }) => text)).toEqual([
      'two',
      'three',
      'four',
    ]);
  });

  it('announcementClosed() removes that announcement', () => {
    const state = after('one', 'two');
    expect(announcementClosed(state, state.announcements[0]!).announcements).toEqual([line('two')]);
    expect(announcementClosed(INITIAL_STATE, line('one')).announcements).toEqual([]);
  });

  it('an announcement survives the join, and not the end of the visit', () => {
    const waiting = { since: line('').at, hostPresent: true, needsAdmission: true };
    const features = callFeatures();
    const inside = [
      { kind: 'waiting', waiting } as const,
      { kind: 'joined', result: joinResult({}), isPending: false } as const,
    ].reduce((state, admission) => features.admitted(state, admission), after('one'));
    expect(inside.announcements).toEqual([line('one')]);
    expect(stopped(inside, 'ended').announcements).toEqual([]);
  });
});

import { DEFAULT_OPTIONS, type SessionOptions } from '@televisit/shared/session';
import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { FEATURES } from './index.ts';

/** A visit whose options are `options`, as far as features read it. */
function visit(options: Partial<SessionOptions>, change: Partial<VisitState> = {}): VisitState {
  const session = { options: { ...DEFAULT_OPTIONS, ...options } } as VisitState['session'];
  return { ...INITIAL_STATE, phase: 'ready', session, ...change };
}
const enabled = (state: VisitState) =>
  FEATURES.filter(({ isEnabled }) => isEnabled(state)).map(({ name }) => name);

describe('FEATURES', () => {
  it('have unique names', () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURES.length);
  });

  it('are all disabled before the visit is known', () => {
    expect(enabled(INITIAL_STATE)).toEqual([]);
  });

  it('are all enabled, except feedback and meeting, in the preview of a visit with all options', () => {
    expect(enabled(visit({ chat: true, reactions: true }))).toEqual(
      FEATURES.map(({ name }) => name).filter((name) => name !== 'feedback' && name !== 'meeting'),
    );
  });

  it('omit chat and reactions if the visit has them switched off', () => {
    const names = enabled(visit({ chat: false, reactions: false }));
    expect(names).not.toContain('chat');
    expect(names).not.toContain('reactions');
    expect(names).toContain('moderation');
  });

  it('include meeting while another provider carries the visit', () => {
    expect(enabled(visit({}, { phase: 'meeting' }))).toContain('meeting');
  });

  it('include feedback as soon as the person can give it', () => {
    expect(enabled(visit({ chat: true, reactions: true }, { feedback: 'open' }))).toContain('feedback');
  });
});

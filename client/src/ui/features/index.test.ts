import { DEFAULT_OPTIONS, type SessionOptions } from '@televisit/shared/session';
import { describe, expect, it } from 'vitest';
import { VisitError, type MediaErrorCode, type VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { FEATURES } from './index.ts';

/** A visit whose options are `options`, as far as features read it. */
function visit(options: Partial<SessionOptions>, change: Partial<VisitState> = {}): VisitState {
  const session = { options: { ...DEFAULT_OPTIONS, ...options } } as VisitState['session'];
  return { ...INITIAL_STATE, phase: 'ready', session, ...change };
}
const withCamera = (problem: MediaErrorCode): VisitState['local'] => {
  const { local } = INITIAL_STATE;
  return { ...local, camera: { ...local.camera, problem } };
};
/** A meeting that the person has opened, inside the page or at an address. */
const inPage = (kind: 'credentials' | 'address') =>
  ({ opening: { kind: 'open', entry: { kind } } }) as VisitState['meeting'];
const enabled = (state: VisitState) =>
  FEATURES.filter(({ isEnabled }) => isEnabled(state)).map(({ name }) => name);

describe('FEATURES', () => {
  it('have unique names', () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURES.length);
  });

  it('are all disabled before the visit is known', () => {
    expect(enabled(INITIAL_STATE)).toEqual([]);
  });

  it('are all enabled, except those that a state calls for, in the preview of a visit with all options', () => {
    expect(
      enabled(visit({ chat: true, reactions: true, recording: 'on-request', captions: 'on-request' })),
    ).toEqual(
      FEATURES.map(({ name }) => name).filter(
        (name) => !['feedback', 'meeting', 'permission-help'].includes(name),
      ),
    );
  });

  it('omit chat and reactions if the visit has them switched off', () => {
    const names = enabled(visit({ chat: false, reactions: false }));
    expect(names).not.toContain('chat');
    expect(names).not.toContain('reactions');
    expect(names).toContain('moderation');
  });

  it('include recording only if the visit may be recorded', () => {
    expect(enabled(visit({ recording: 'off' }))).not.toContain('recording');
    expect(enabled(visit({ recording: 'required' }))).toContain('recording');
  });

  it('include captions only if the visit may have them', () => {
    expect(enabled(visit({ captions: 'off' }))).not.toContain('captions');
    expect(enabled(visit({ captions: 'required' }))).toContain('captions');
  });

  it.each<[Partial<VisitState>, boolean]>([
    [{ local: withCamera('media_denied') }, true],
    [{ local: withCamera('media_insecure') }, true],
    [{ local: withCamera('media_in_use') }, false],
    [{ meeting: inPage('credentials') }, true],
    [{ meeting: inPage('address') }, false],
    [{ phase: 'failed', error: new VisitError('unsupported_browser') }, true],
    [{ phase: 'failed', error: new VisitError('unreachable') }, false],
  ])('include permission-help if the browser refuses (%o): %s', (change, expected) => {
    expect(enabled({ ...INITIAL_STATE, ...change }).includes('permission-help')).toBe(expected);
  });

  it('include meeting while another provider carries the visit', () => {
    expect(enabled(visit({}, { phase: 'meeting' }))).toContain('meeting');
  });

  it('include feedback as soon as the person can give it', () => {
    expect(enabled(visit({ chat: true, reactions: true }, { feedback: 'open' }))).toContain('feedback');
  });
});

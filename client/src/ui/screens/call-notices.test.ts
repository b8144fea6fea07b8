import { describe, expect, it } from 'vitest';
import type { Notice, VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { coreNotices, newNotice } from './call-notices.ts';

const notice = (id: number, kind: Notice['kind']): Notice => ({ id, kind, by: null });
const state = (change: Partial<VisitState> = {}): VisitState => ({ ...INITIAL_STATE, ...change });
const network = (level: 'good' | 'poor') => ({ network: { ...INITIAL_STATE.network, level } });

describe('newNotice', () => {
  const muted = notice(2, 'muted');

  it('returns a new notice of one of the kinds', () => {
    expect(newNotice({ notice: notice(1, 'muted') }, { notice: muted }, 'camera_off', 'muted')).toBe(muted);
    expect(newNotice({ notice: null }, { notice: muted }, 'muted')).toBe(muted);
  });

  it('returns null for other kinds, for a known notice, and without one', () => {
    expect(newNotice({ notice: null }, { notice: muted }, 'share_ended')).toBeNull();
    expect(newNotice({ notice: muted }, { notice: muted }, 'muted')).toBeNull();
    expect(newNotice({ notice: null }, { notice: null }, 'muted')).toBeNull();
  });
});

describe('coreNotices', () => {
  it('reports the replacement of a device, but not a lost one, which has a notice that stays', () => {
    expect(coreNotices(state(), state({ notice: notice(1, 'device_lost') }))).toEqual([]);
    const replaced = coreNotices(state(), state({ notice: notice(1, 'device_fallback') }));
    expect(replaced).toMatchObject([{ id: 'device', tone: 'plain' }]);
  });

  it('warns of a reduced mode, and reports the end of it', () => {
    const reduced = state({ mediaMode: 'reduced' });
    expect(coreNotices(state(), reduced)).toMatchObject([{ id: 'quality', tone: 'warning' }]);
    expect(coreNotices(reduced, state())).toMatchObject([{ id: 'quality', tone: 'plain' }]);
  });

  it('warns of a weak network once, unless a reduced mode says more', () => {
    const good = state(network('good'));
    const poor = state(network('poor'));
    expect(coreNotices(good, poor)).toMatchObject([{ id: 'quality', tone: 'warning' }]);
    expect(coreNotices(poor, poor)).toEqual([]);
    const reduced = { mediaMode: 'reduced' } as const;
    expect(
      coreNotices(state({ ...network('good'), ...reduced }), state({ ...network('poor'), ...reduced })),
    ).toEqual([]);
  });

  it('blames the network or the device, and says what helps', () => {
    const textOf = (deviceBusy: boolean, change: Partial<VisitState> = {}) => {
      const poor = { ...INITIAL_STATE.network, level: 'poor' as const, deviceBusy };
      return coreNotices(state(network('good')), state({ network: poor, ...change }))[0]?.text;
    };
    expect(textOf(false)).toBe('Your connection is weak. Moving closer to your Wi-Fi may help.');
    expect(textOf(true)).toBe('This device is very busy. Closing other programs may help.');
    expect(textOf(true, { mediaMode: 'reduced' })).toBe(
      'This device is very busy. Others’ pictures are smaller.',
    );
  });

  it('returns nothing if nothing has changed', () => {
    expect(coreNotices(state(), state())).toEqual([]);
  });
});

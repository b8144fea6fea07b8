import { describe, expect, it } from 'vitest';
import type { ConnectionTestState } from '../../../sdk/index.ts';
import { carriesVisit, connectionSummary } from './connection-test.tsx';

const test = (change: Partial<ConnectionTestState>): ConnectionTestState => ({
  running: false,
  udp: null,
  tcp: null,
  turn: null,
  ...change,
});

describe('connectionSummary', () => {
  it.each([
    [{}, 'unknown'],
    [{ running: true }, 'running'],
    [{ running: true, udp: 'blocked' }, 'running'],
    [{ running: true, udp: 'good' }, 'good'],
    [{ udp: 'good', tcp: 'blocked', turn: 'unavailable' }, 'good'],
    [{ udp: 'blocked', tcp: 'good', turn: 'unavailable' }, 'detour'],
    [{ udp: 'blocked', tcp: 'blocked', turn: 'good' }, 'detour'],
    [{ udp: 'poor', tcp: 'good', turn: 'good' }, 'poor'],
    [{ udp: 'blocked', tcp: 'poor', turn: 'blocked' }, 'poor'],
    [{ udp: 'blocked', tcp: 'blocked', turn: 'unavailable' }, 'blocked'],
    [{ udp: 'unavailable', tcp: null, turn: null }, 'failed'],
  ] as const)('summarises %o as %s', (change, summary) => {
    expect(connectionSummary(test(change), false)).toBe(summary);
  });

  it('returns `failed` for a test that ended without a result', () => {
    expect(connectionSummary(test({}), true)).toBe('failed');
  });
});

describe('carriesVisit', () => {
  it('returns true only for a good connection and a detour', () => {
    expect(carriesVisit('good')).toBe(true);
    expect(carriesVisit('detour')).toBe(true);
    for (const summary of ['unknown', 'running', 'poor', 'blocked', 'failed'] as const) {
      expect(carriesVisit(summary)).toBe(false);
    }
  });
});

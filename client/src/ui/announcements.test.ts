import { describe, expect, it } from 'vitest';
import { person } from '../sdk/testing/fakes.ts';
import { announcements } from './announcements.ts';

const state = (
  participants: ReturnType<typeof person>[],
  connection: 'connected' | 'reconnecting' = 'connected',
) => ({
  phase: 'joined' as const,
  connection,
  participants,
});
const ana = person('pat1', { displayName: 'Ana' });

describe('announcements', () => {
  it('of somebody who comes or goes says who', () => {
    expect(announcements(state([]), state([ana]))).toEqual(['Ana joined']);
    expect(announcements(state([ana]), state([]))).toEqual(['Ana left']);
  });

  it('of a mute says which device and whose', () => {
    const muted = { ...ana, media: { camera: 'on', microphone: 'off' } as const };
    expect(announcements(state([ana]), state([muted]))).toEqual(['Ana switched the microphone off']);
    expect(announcements(state([muted]), state([ana]))).toEqual(['Ana switched the microphone on']);
  });

  it('of somebody’s lost connection says so, and of its return', () => {
    const lost = { ...ana, connected: false };
    expect(announcements(state([ana]), state([lost]))).toEqual(['Ana lost the connection']);
    expect(announcements(state([lost]), state([ana]))).toEqual(['Ana is back']);
  });

  it('of one’s own connection says so', () => {
    expect(announcements(state([]), state([], 'reconnecting'))).toEqual(['Connection lost. Reconnecting.']);
    expect(announcements(state([], 'reconnecting'), state([]))).toEqual(['You are connected again.']);
  });

  it('of entering, where the heading is read anyway, is silent', () => {
    expect(announcements({ ...state([]), phase: 'joining' }, state([ana]))).toEqual([]);
  });

  it('of nothing that changed is silent', () => {
    expect(announcements(state([ana]), state([ana]))).toEqual([]);
  });
});

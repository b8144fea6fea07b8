import { describe, expect, it } from 'vitest';
import { groupOf, inactiveFiles, usedMemory } from './memory.ts';

describe('usedMemory', () => {
  it('returns a share between 0 and 1', () => {
    expect(usedMemory()).toBeGreaterThan(0);
    expect(usedMemory()).toBeLessThan(1);
  });
});

describe('groupOf', () => {
  it.each([
    ['0::/\n', ''],
    ['0::/system.slice/televisit.service\n', '/system.slice/televisit.service'],
    ['12:memory:/docker/abc\n0::/docker/abc\n', '/docker/abc'],
    ['12:memory:/docker/abc\n', ''],
    ['', ''],
  ])('returns the path of the v2 group (%j)', (cgroup, group) => expect(groupOf(cgroup)).toBe(group));
});

describe('inactiveFiles', () => {
  it('reads the line inactive_file and no other', () => {
    expect(inactiveFiles('anon 1\nfile 2\nactive_file 3\ninactive_file 4096\nslab 5\n')).toBe(4096);
    expect(inactiveFiles('total_inactive_file 4096\n')).toBe(0);
  });
});

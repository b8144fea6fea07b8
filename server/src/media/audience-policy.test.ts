import { describe, expect, it } from 'vitest';
import { everyoneElse } from './audience-policy.ts';

const camera = { userId: 'doctor', source: 'camera' } as const;

describe('everyoneElse', () => {
  it('allows a stream to other participants', () => {
    expect(everyoneElse.mayReceive({ kind: 'participant', userId: 'patient' }, camera)).toBe(true);
  });

  it('denies a participant their own stream', () => {
    expect(everyoneElse.mayReceive({ kind: 'participant', userId: 'doctor' }, camera)).toBe(false);
  });

  it('allows a stream to a receiver, even one named like the sender', () => {
    expect(everyoneElse.mayReceive({ kind: 'receiver', receiverId: 'doctor' }, camera)).toBe(true);
  });
});

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Session } from '../domain/session.ts';
import type { Changed } from '../domain/sessions.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { subscribe, type Subscribers } from './subscriptions.ts';

/** Modules that record what they are called for, with the listeners that `subscribe` gave them. */
function subscribed() {
  const calls: string[] = [];
  const call = (name: string) => () => {
    calls.push(name);
    return Promise.resolve();
  };
  const listeners: Record<string, (event: unknown) => void> = {};
  const clock = new ManualClock();
  const on = (name: string) => (listener: (event: never) => void) => {
    const previous = listeners[name];
    listeners[name] = (event) => {
      previous?.(event);
      listener(event as never);
    };
  };
  const modules = {
    sessions: { onCreate: on('created'), onChange: on('changed') },
    endpoints: { onCreate: on('endpoint') },
    registry: { onOwnershipLost: on('lost') },
    placement: { release: call('placement') },
    commands: { sessionChanged: call('commands') },
    features: new Map([
      ['one', { onSessionChanged: call('first feature') }],
      ['two', {}],
      ['three', { onSessionChanged: call('last feature') }],
    ]),
    rooms: { sessionChanged: call('rooms'), abandon: call('rooms.abandon') },
    outbox: { wake: call('outbox'), resume: call('outbox.resume') },
    reminders: { wake: call('reminders') },
    clock,
    logger: pino({ level: 'silent' }),
  } as unknown as Subscribers;
  subscribe(modules);
  const emit = (name: string, event: unknown) => {
    calls.length = 0;
    listeners[name]?.(event);
    return calls;
  };
  return { emit, now: clock.now() };
}

const session = (changes: Partial<Session>) =>
  ({
    sessionId: 'sess_1',
    status: 'live',
    remindAt: null,
    placement: { nodeId: 'sfu-1' },
    ...changes,
  }) as Session;

const change = (next: Partial<Session>, events = 1) =>
  ({
    previous: session({}),
    next: session(next),
    events: Array.from({ length: events }, () => ({})),
  }) as unknown as Changed;

describe('subscribe', () => {
  it('calls the modules in this order when a session changes', () => {
    const { emit } = subscribed();
    expect(emit('changed', change({}))).toEqual([
      'commands',
      'first feature',
      'last feature',
      'rooms',
      'outbox',
    ]);
  });

  it('releases the node first when a change ends the session', () => {
    const { emit } = subscribed();
    expect(emit('changed', change({ status: 'ended' }))[0]).toBe('placement');
  });

  it('does not wake the outbox when a change has no events', () => {
    const { emit } = subscribed();
    expect(emit('changed', change({}, 0))).not.toContain('outbox');
  });

  it('wakes the reminders when one is due after a change or the creation of a session', () => {
    const { emit, now } = subscribed();
    expect(emit('changed', change({ remindAt: now }))).toContain('reminders');
    expect(emit('changed', change({ remindAt: now + 1 }))).not.toContain('reminders');
    expect(emit('created', session({ remindAt: now }))).toEqual(['outbox', 'reminders']);
    expect(emit('created', session({ remindAt: now + 1 }))).toEqual(['outbox']);
  });

  it('resumes the outbox when an endpoint is created, and abandons the rooms of a lost node', () => {
    const { emit } = subscribed();
    expect(emit('endpoint', undefined)).toEqual(['outbox.resume']);
    expect(emit('lost', 'sfu-1')).toEqual(['rooms.abandon']);
  });
});

import { expect, it } from 'vitest';
import { Scheduler, type Placement } from './scheduler.ts';
import type { SessionChanges } from './session-changes.ts';
import type { Session } from './session.ts';

/** A scheduler of a process that knows the first nodes now, and all of them after it has looked. */
function schedulerThatKnows(now: readonly string[], afterLook: readonly string[]) {
  let known = now;
  const placement: Placement = {
    has: (nodeId) => known.includes(nodeId),
    takes: (nodeId) => known.includes(nodeId),
    look: async () => {
      await Promise.resolve();
      known = afterLook;
    },
    reserve: () => 'own',
    release: () => undefined,
    recount: () => undefined,
  };
  const moved = { sessionId: 's', placement: { nodeId: 'own', epoch: 2 } } as Session;
  const changes = { run: () => Promise.resolve(moved) } as unknown as SessionChanges;
  return new Scheduler(placement, changes);
}

const session = { sessionId: 's', placement: { nodeId: 'new', epoch: 1 } } as Session;

it('ensurePlaced leaves a session on a node that started since the last look', async () => {
  const scheduler = schedulerThatKnows(['own'], ['own', 'new']);
  expect((await scheduler.ensurePlaced(session)).placement.nodeId).toBe('new');
});

it('ensurePlaced moves a session off a node that is still unknown after another look', async () => {
  const scheduler = schedulerThatKnows(['own'], ['own']);
  expect((await scheduler.ensurePlaced(session)).placement.nodeId).toBe('own');
});

import { expect, it } from 'vitest';
import { watchNetwork } from './network-changes.ts';

it('watchNetwork tells a return from offline from a mere change, until it is stopped', () => {
  const [window, connection] = [new EventTarget(), new EventTarget()];
  const changes: boolean[] = [];
  const stop = watchNetwork((wasOffline) => changes.push(wasOffline), { window, connection });
  window.dispatchEvent(new Event('online'));
  connection.dispatchEvent(new Event('change'));
  stop();
  window.dispatchEvent(new Event('online'));
  connection.dispatchEvent(new Event('change'));
  expect(changes).toEqual([true, false]);
});

it('watchNetwork where there is nothing to listen to does nothing', () => {
  const stop = watchNetwork(() => undefined, { window: undefined, connection: undefined });
  expect(stop).not.toThrow();
});

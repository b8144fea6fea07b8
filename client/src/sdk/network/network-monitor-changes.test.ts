import { expect, it } from 'vitest';
import { watchNetwork } from './network-monitor.ts';

it('watchNetwork() distinguishes a return from offline from another type of network, until it is stopped', () => {
  const window = new EventTarget();
  const connection = Object.assign(new EventTarget(), { type: 'wifi' });
  const changes: boolean[] = [];
  const stop = watchNetwork((wasOffline) => changes.push(wasOffline), { window, connection });
  window.dispatchEvent(new Event('online'));
  connection.type = 'cellular';
  connection.dispatchEvent(new Event('change'));
  stop();
  connection.type = 'wifi';
  window.dispatchEvent(new Event('online'));
  connection.dispatchEvent(new Event('change'));
  expect(changes).toEqual([true, false]);
});

it('watchNetwork() ignores a changed estimate of the same network', () => {
  const connection = new EventTarget();
  const changes: boolean[] = [];
  watchNetwork((wasOffline) => changes.push(wasOffline), { window: undefined, connection });
  connection.dispatchEvent(new Event('change'));
  expect(changes).toEqual([]);
});

it('watchNetwork() does nothing without event sources', () => {
  const stop = watchNetwork(() => undefined, { window: undefined, connection: undefined });
  expect(stop).not.toThrow();
});

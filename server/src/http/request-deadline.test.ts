import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { extendDeadline, setDeadline } from './request-deadline.ts';

it('extendDeadline of a request whose client is gone sets no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const request = new IncomingMessage(new Socket());
    request.headers = { 'content-length': '1000' };
    setDeadline(request, new ServerResponse(request), 1000);
    expect(vi.getTimerCount()).toBe(1);
    const closed = once(request, 'close');
    request.destroy();
    await closed;
    extendDeadline(request, 300_000);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('setDeadline of a request without a body sets no timer: nothing of it is still to come', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const request = new IncomingMessage(new Socket());
    setDeadline(request, new ServerResponse(request), 1000);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { extendDeadline, setDeadline } from './request-body.ts';

it('extendDeadline sets no timer after the client has disconnected', async () => {
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

it('setDeadline sets no timer for a request without a body', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const request = new IncomingMessage(new Socket());
    setDeadline(request, new ServerResponse(request), 1000);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

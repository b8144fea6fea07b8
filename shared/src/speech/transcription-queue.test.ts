import { expect, it } from 'vitest';
import { TranscriptionQueue } from './transcription-queue.ts';

it('TranscriptionQueue runs one job after the other, and knows how much speech waits', async () => {
  const queue = new TranscriptionQueue();
  const order: string[] = [];
  const first = Promise.withResolvers<string>();
  const one = queue.add(1000, () => first.promise);
  const two = queue.add(2000, () => Promise.resolve(order.push('two')));
  expect([queue.isBusy, queue.isWaiting, queue.waitingMs]).toEqual([true, true, 3000]);
  order.push('one');
  first.resolve('text');
  expect(await one).toBe('text');
  await two;
  expect(order).toEqual(['one', 'two']);
  await expect.poll(() => queue.isBusy).toBe(false);
  expect(queue.waitingMs).toBe(0);
});

it('TranscriptionQueue continues after a job that fails', async () => {
  const queue = new TranscriptionQueue();
  const failing = queue.add(0, () => Promise.reject(new Error('no model')));
  const next = queue.add(0, () => Promise.resolve('text'));
  await expect(failing).rejects.toThrow('no model');
  expect(await next).toBe('text');
});

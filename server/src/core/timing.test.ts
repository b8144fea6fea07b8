import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from './testing/manual-clock.ts';
import { every } from './timing.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A task whose runs last until the test ends them. */
function slowTask() {
  const runs: PromiseWithResolvers<undefined>[] = [];
  const task = vi.fn<(signal: AbortSignal) => Promise<void>>(() => {
    const run = Promise.withResolvers<undefined>();
    runs.push(run);
    return run.promise;
  });
  const finish = async () => {
    runs.at(-1)?.resolve(undefined);
    await settled();
  };
  return { task, runs, finish };
}

function harness(task: (signal: AbortSignal) => void | Promise<void>, immediately = false) {
  const clock = new ManualClock();
  const onError = vi.fn();
  return { clock, onError, loop: every(clock, 1000, task, onError, { immediately }) };
}

describe('every', () => {
  it('runs a synchronous task after each interval, without a turn of the event loop', () => {
    const task = vi.fn();
    const { clock } = harness(task);
    clock.advance(999);
    expect(task).not.toHaveBeenCalled();
    clock.advance(3001);
    expect(task).toHaveBeenCalledTimes(4);
  });

  it('runs the task at once when asked to start immediately', () => {
    const task = vi.fn();
    const { clock } = harness(task, true);
    expect(task).toHaveBeenCalledTimes(1);
    clock.advance(1000);
    expect(task).toHaveBeenCalledTimes(2);
  });

  it('begins the interval when a run ends, so that runs do not overlap', async () => {
    const { task, finish } = slowTask();
    const { clock } = harness(task);
    clock.advance(10_000);
    expect(task).toHaveBeenCalledTimes(1);
    await finish();
    clock.advance(999);
    expect(task).toHaveBeenCalledTimes(1);
    clock.advance(1);
    expect(task).toHaveBeenCalledTimes(2);
  });

  it('reports a failed run and continues, whether the task throws or rejects', async () => {
    const error = new Error('no');
    const task = vi
      .fn<() => void | Promise<void>>()
      .mockImplementationOnce(() => {
        throw error;
      })
      .mockImplementationOnce(() => Promise.reject(error));
    const { clock, onError } = harness(task);
    clock.advance(1000);
    clock.advance(1000);
    await settled();
    expect(onError.mock.calls).toEqual([[error], [error]]);
    clock.advance(1000);
    expect(task).toHaveBeenCalledTimes(3);
  });

  it('trigger runs the task at once and starts the interval again', () => {
    const task = vi.fn();
    const { clock, loop } = harness(task);
    clock.advance(500);
    loop.trigger();
    expect(task).toHaveBeenCalledTimes(1);
    clock.advance(999);
    expect(task).toHaveBeenCalledTimes(1);
    clock.advance(1);
    expect(task).toHaveBeenCalledTimes(2);
  });

  it('trigger during a run runs the task once more right after, however often it is called', async () => {
    const { task, finish } = slowTask();
    const { loop } = harness(task, true);
    loop.trigger();
    loop.trigger();
    expect(task).toHaveBeenCalledTimes(1);
    await finish();
    expect(task).toHaveBeenCalledTimes(2);
    await finish();
    expect(task).toHaveBeenCalledTimes(2);
  });

  it('stop aborts the signal, waits for the running task and runs it no more', async () => {
    const { task, finish } = slowTask();
    const { clock, loop } = harness(task, true);
    let isStopped = false;
    const stopping = loop.stop().then(() => (isStopped = true));
    expect(task.mock.calls[0]?.[0].aborted).toBe(true);
    await settled();
    expect(isStopped).toBe(false);
    await finish();
    await stopping;
    loop.trigger();
    clock.advance(5000);
    expect(task).toHaveBeenCalledTimes(1);
    expect(clock.waiting).toBe(0);
    await loop.stop();
  });

  it('stop resolves although the running task fails', async () => {
    const { task, runs } = slowTask();
    const { onError, loop } = harness(task, true);
    const stopping = loop.stop();
    runs[0]?.reject(new Error('no'));
    await stopping;
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('stop before the first run cancels it', async () => {
    const task = vi.fn();
    const { clock, loop } = harness(task);
    await loop.stop();
    expect(clock.waiting).toBe(0);
    clock.advance(5000);
    expect(task).not.toHaveBeenCalled();
  });

  it('ends with the run in which the task stops the loop', () => {
    const clock = new ManualClock();
    const task = vi.fn(() => {
      if (task.mock.calls.length === 2) void loop.stop();
    });
    const loop = every(clock, 1000, task, vi.fn());
    clock.advance(5000);
    expect(task).toHaveBeenCalledTimes(2);
    expect(clock.waiting).toBe(0);
  });

  it('is disposed of by stopping', async () => {
    const task = vi.fn();
    const { clock, loop } = harness(task);
    await loop[Symbol.asyncDispose]();
    clock.advance(5000);
    expect(task).not.toHaveBeenCalled();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PathMonitor } from './path-monitor.ts';

let watch: PathMonitor;
let newest: number | null;
let answered: number;
let sends: 'picture' | 'sound' | 'nothing';
let timers: ReturnType<typeof setInterval>[];
const lost = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  lost.mockClear();
  newest = null;
  answered = 0;
  sends = 'picture';
  timers = [];
  watch = new PathMonitor(
    { newestPacket: () => newest, sends: () => sends, answeredBytes: () => Promise.resolve(answered) },
    lost,
  );
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Lets media arrive, and be answered, for a while. */
async function flow({ comes = true, answers = true } = {}): Promise<void> {
  newest ??= 0;
  if (comes) timers.push(setInterval(() => (newest = (newest ?? 0) + 20), 20));
  if (answers) timers.push(setInterval(() => (answered += 100), 100));
  await pass(2_000);
}

function stop(): void {
  for (const timer of timers.splice(0)) clearInterval(timer);
}

describe('PathMonitor', () => {
  it('reports nothing while media arrives', async () => {
    await flow();
    expect(lost).not.toHaveBeenCalled();
  });

  it('reports within 0.8 s, once, that nothing arrives and nothing is answered', async () => {
    await flow();
    stop();
    await pass(800);
    expect(lost.mock.calls).toEqual([['certainly']]);
    await pass(1_000);
    expect(lost).toHaveBeenCalledOnce();
  });

  it('reports 2 s later, once, that the path is still lost', async () => {
    await flow();
    stop();
    await pass(60_000);
    expect(lost.mock.calls).toEqual([['certainly'], ['still']]);
  });

  it.each([{ comes: true }, { answers: true }])(
    'does not report a path that is still lost when %o again',
    async (again) => {
      await flow();
      stop();
      await pass(1_000);
      await flow({ comes: false, answers: false, ...again });
      expect(lost.mock.calls).toEqual([['certainly']]);
    },
  );

  it('does not report another loss as still the same', async () => {
    await flow();
    stop();
    await pass(1_000);
    timers.push(setInterval(() => (newest = (newest ?? 0) + 20), 20));
    await pass(200);
    stop();
    await pass(3_000);
    expect(lost.mock.calls).toEqual([['certainly']]);
  });

  it('reports nothing when the others are silent and the server answers', async () => {
    await flow();
    stop();
    await flow({ comes: false });
    expect(lost).not.toHaveBeenCalled();
  });

  it('reports an uncertain loss when nothing is sent', async () => {
    await flow();
    stop();
    sends = 'nothing';
    await pass(1_100);
    expect(lost.mock.calls).toEqual([['perhaps']]);
  });

  it('reports nothing when nothing ever arrived', async () => {
    await pass(60_000);
    expect(lost).not.toHaveBeenCalled();
  });

  it('waits longer for answers to sound alone, which are less frequent', async () => {
    await flow();
    stop();
    sends = 'sound';
    await pass(1_900);
    expect(lost).not.toHaveBeenCalled();
    await pass(500);
    expect(lost.mock.calls).toEqual([['certainly']]);
  });

  it('reports another loss after media arrived in between, 5 s later at the earliest', async () => {
    await flow();
    stop();
    await pass(1_100);
    for (let stall = 0; stall < 3; stall++) {
      await flow();
      stop();
      await pass(1_100);
    }
    expect(lost).toHaveBeenCalledTimes(2);
  });

  it('reports nothing after close()', async () => {
    await flow();
    stop();
    await pass(600);
    watch.close();
    await pass(60_000);
    expect(lost).not.toHaveBeenCalled();
  });
});

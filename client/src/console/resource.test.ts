import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConsoleError } from './api.ts';
import { Resource, type Loaded } from './resource.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function open() {
  const answers: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const seen: Loaded<string>[] = [];
  const background: boolean[] = [];
  const resource = new Resource<string>(
    ({ isBackground }) => {
      background.push(isBackground);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    (loaded) => seen.push(loaded),
    Date.now,
  );
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return { resource, answers, seen, background, settle };
}

describe('Resource', () => {
  it('reads at once, and again at the earliest a second later', async () => {
    const { resource, answers, seen, settle } = open();
    resource.refresh();
    answers[0]!.resolve('one');
    await settle();
    expect(seen).toEqual([{ data: 'one', problem: null }]);
    resource.refresh();
    resource.refresh();
    await vi.advanceTimersByTimeAsync(999);
    expect(answers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(answers).toHaveLength(2);
  });

  it('reads once more if something changes while it reads', async () => {
    const { resource, answers, settle } = open();
    resource.refresh();
    resource.refresh();
    resource.refresh();
    answers[0]!.resolve('old');
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answers).toHaveLength(2);
    answers[1]!.resolve('new');
    await vi.advanceTimersByTimeAsync(5_000);
    expect([answers.length, resource.loaded.data]).toEqual([2, 'new']);
  });

  it('keeps the last data with the problem of a failed refresh', async () => {
    const { resource, answers, settle } = open();
    resource.refresh();
    answers[0]!.resolve('one');
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
    resource.refresh();
    answers[1]!.reject(new ConsoleError('conflict', 409, 'Too late'));
    await settle();
    expect(resource.loaded).toMatchObject({ data: 'one', problem: { code: 'conflict' } });
  });

  it('says that the server is unreachable if there is no answer', async () => {
    const { resource, answers, settle } = open();
    resource.refresh();
    answers[0]!.reject(new TypeError('fetch failed'));
    await settle();
    expect(resource.loaded.problem).toMatchObject({ code: 'unreachable', status: 0 });
  });

  it('marks a read as background unless the operator requested it, too', async () => {
    const { resource, answers, background, settle } = open();
    resource.refresh(true);
    resource.refresh(true);
    resource.refresh();
    answers[0]!.resolve('one');
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
    answers[1]!.resolve('two');
    await settle();
    resource.refresh(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(background).toEqual([true, false, true]);
  });

  it('reports nothing after it was closed', async () => {
    const { resource, answers, seen, settle } = open();
    resource.refresh();
    resource.close();
    answers[0]!.resolve('late');
    await settle();
    resource.refresh();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([seen, answers.length]).toEqual([[], 1]);
  });
});

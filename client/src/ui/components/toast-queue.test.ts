import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TOAST_MS, ToastQueue, type ShownToast, type Toast } from './toast-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function desk() {
  let shown: readonly ShownToast[] = [];
  const toasts = new ToastQueue((now) => (shown = now));
  return { toasts, shown: () => shown, ids: () => shown.map(({ id }) => id) };
}
const toast = (id: string, change: Partial<Toast> = {}): Toast => ({
  id,
  text: id,
  tone: 'plain',
  ...change,
});

describe('ToastQueue', () => {
  it('removes a toast after its time', () => {
    const { toasts, ids } = desk();
    toasts.show(toast('a'));
    expect(ids()).toEqual(['a']);
    vi.advanceTimersByTime(TOAST_MS);
    expect(ids()).toEqual([]);
  });

  it('replaces a toast with the same id and restarts its time', () => {
    const { toasts, ids } = desk();
    toasts.show(toast('a'));
    vi.advanceTimersByTime(TOAST_MS - 1);
    toasts.show(toast('a', { text: 'newer' }));
    vi.advanceTimersByTime(TOAST_MS - 1);
    expect(ids()).toEqual(['a']);
  });

  it('gives a toast that is shown again another number', () => {
    const { toasts, shown } = desk();
    toasts.show(toast('a'));
    const [first] = shown();
    toasts.show(toast('a'));
    expect(shown()).toMatchObject([{ text: first?.text }]);
    expect(shown()[0]?.number).not.toBe(first?.number);
  });

  it('keeps a toast that needs an answer while others arrive', () => {
    const { toasts, ids } = desk();
    toasts.show(toast('ask', { stays: true }));
    for (const id of ['a', 'b', 'c', 'd']) toasts.show(toast(id));
    expect(ids()).toContain('ask');
    expect(ids()).toHaveLength(4);
    vi.advanceTimersByTime(10 * TOAST_MS);
    expect(ids()).toEqual(['ask']);
    toasts.dismiss('ask');
    expect(ids()).toEqual([]);
  });

  it('keeps a toast while it is held', () => {
    const { toasts, ids } = desk();
    toasts.show(toast('a'));
    toasts.hold('a');
    vi.advanceTimersByTime(10 * TOAST_MS);
    expect(ids()).toEqual(['a']);
    toasts.release('a');
    vi.advanceTimersByTime(TOAST_MS);
    expect(ids()).toEqual([]);
  });

  it('stops all timers when it is closed', () => {
    const { toasts, ids } = desk();
    toasts.show(toast('a'));
    toasts.close();
    vi.advanceTimersByTime(TOAST_MS);
    expect(ids()).toEqual(['a']);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { Lazy } from './lazy.ts';

describe('Lazy', () => {
  it('has no value before it is loaded', async () => {
    const part = new Lazy(() => Promise.resolve('panel'));
    expect(part.value).toBeNull();
    await expect(part.load()).resolves.toBe('panel');
    expect(part.value).toBe('panel');
  });

  it('loads once for several callers', async () => {
    const load = vi.fn(() => Promise.resolve('panel'));
    const part = new Lazy(load);
    await Promise.all([part.load(), part.load()]);
    await part.load();
    expect(load).toHaveBeenCalledOnce();
  });

  it('loads again after a failure', async () => {
    const load = vi.fn(() => Promise.resolve('panel')).mockRejectedValueOnce(new Error('offline'));
    const part = new Lazy(load);
    await expect(part.load()).rejects.toThrow('offline');
    expect(part.value).toBeNull();
    await expect(part.load()).resolves.toBe('panel');
  });

  it('has its value at once if it wraps a loaded part', async () => {
    const part = Lazy.of('panel');
    expect(part.value).toBe('panel');
    await expect(part.load()).resolves.toBe('panel');
  });
});

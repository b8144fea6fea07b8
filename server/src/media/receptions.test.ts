import { EventEmitter } from 'node:events';
import type { Producer } from 'mediasoup/types';
import { describe, expect, it } from 'vitest';
import { Receptions } from './receptions.ts';

class FakeReception {
  readonly #listeners: (() => void)[] = [];
  closed = false;

  onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const listener of this.#listeners) listener();
  }
}

const producer = () => ({ id: 'one', observer: new EventEmitter() }) as unknown as Producer;

/** Opens receptions of one producer whose creation the test completes. */
function opening() {
  const receptions = new Receptions<FakeReception>();
  const source = producer();
  const pending: PromiseWithResolvers<FakeReception | undefined>[] = [];
  const opened: FakeReception[] = [];
  const open = () =>
    receptions.open(
      source,
      () => {
        const created = Promise.withResolvers<FakeReception | undefined>();
        pending.push(created);
        return created.promise;
      },
      (reception) => opened.push(reception),
    );
  return { receptions, source, pending, opened, open };
}

describe('Receptions', () => {
  it('open() creates one reception when called concurrently and again later', async () => {
    const { receptions, pending, opened, open } = opening();
    const calls = [open(), open()];
    expect(receptions.all).toEqual([]);
    const reception = new FakeReception();
    pending[0]!.resolve(reception);
    await Promise.all([...calls, open()]);
    expect(pending).toHaveLength(1);
    expect(opened).toEqual([reception]);
    expect(receptions.all).toEqual([reception]);
    expect(receptions.get('one')).toBe(reception);
  });

  it('open() creates another reception after the first one has closed', async () => {
    const { receptions, pending, open } = opening();
    const first = open();
    pending[0]!.resolve(new FakeReception());
    await first;
    receptions.get('one')!.close();
    expect(receptions.get('one')).toBeUndefined();
    void open();
    expect(pending).toHaveLength(2);
  });

  it('open() tries again after a failure', async () => {
    const { pending, open } = opening();
    const first = open();
    pending[0]!.reject(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    void open();
    expect(pending).toHaveLength(2);
  });

  it('open() skips a producer that can’t be received until it closes', async () => {
    const { receptions, source, pending, opened, open } = opening();
    const first = open();
    pending[0]!.resolve(undefined);
    await first;
    await open();
    expect(pending).toHaveLength(1);
    expect([opened, receptions.all]).toEqual([[], []]);
    source.observer.emit('close');
    void open();
    expect(pending).toHaveLength(2);
  });

  it('open() forgets a producer that closed before it could be received', async () => {
    const { source, pending, open } = opening();
    const first = open();
    Object.assign(source, { closed: true });
    pending[0]!.resolve(undefined);
    await first;
    void open();
    expect(pending).toHaveLength(2);
  });

  it('open() drops a reception that closed before it was returned', async () => {
    const { receptions, pending, opened, open } = opening();
    const first = open();
    const reception = new FakeReception();
    reception.close();
    pending[0]!.resolve(reception);
    await first;
    expect([opened, receptions.all]).toEqual([[], []]);
  });

  it('close() closes the open reception and returns it', async () => {
    const { receptions, pending, open } = opening();
    const first = open();
    const reception = new FakeReception();
    pending[0]!.resolve(reception);
    await first;
    expect(receptions.close('one')).toBe(reception);
    expect(reception.closed).toBe(true);
    expect(receptions.close('one')).toBeUndefined();
  });

  it('close() cancels a reception that is being opened, and a new one takes its place', async () => {
    const { receptions, pending, opened, open } = opening();
    const first = open();
    expect(receptions.close('one')).toBeUndefined();
    const second = open();
    const [cancelled, wanted] = [new FakeReception(), new FakeReception()];
    pending[1]!.resolve(wanted);
    pending[0]!.resolve(cancelled);
    await Promise.all([first, second]);
    expect(cancelled.closed).toBe(true);
    expect(opened).toEqual([wanted]);
    expect(receptions.all).toEqual([wanted]);
  });

  it('closeAll() closes open receptions and cancels pending ones', async () => {
    const { receptions, pending, opened, open } = opening();
    const first = open();
    receptions.closeAll();
    const reception = new FakeReception();
    pending[0]!.resolve(reception);
    await first;
    expect(reception.closed).toBe(true);
    expect(opened).toEqual([]);
  });
});

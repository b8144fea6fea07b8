import { describe, expect, it, vi } from 'vitest';
import { Emitter } from './emitter.ts';

class Bell extends Emitter<{ ring: number; fall: undefined }> {
  ring(times: number): void {
    this.emit('ring', times);
  }
  forget(): void {
    this.removeAllListeners();
  }
}

describe('Emitter', () => {
  it('on() calls all listeners with the payload, in order', () => {
    const bell = new Bell();
    const heard: string[] = [];
    bell.on('ring', (times) => heard.push(`first ${times}`));
    bell.on('ring', (times) => heard.push(`second ${times}`));
    bell.ring(3);
    expect(heard).toEqual(['first 3', 'second 3']);
  });

  it('the function that on() returns removes that listener only', () => {
    const bell = new Bell();
    const [first, second] = [vi.fn(), vi.fn()];
    const stop = bell.on('ring', first);
    bell.on('ring', second);
    stop();
    bell.ring(1);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
    expect(bell.listenerCount('ring')).toBe(1);
  });

  it('a listener that throws does not stop the others', () => {
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const bell = new Bell();
    const second = vi.fn();
    bell.on('ring', () => {
      throw new Error('deaf');
    });
    bell.on('ring', second);
    bell.ring(1);
    expect(second).toHaveBeenCalledOnce();
    quiet.mockRestore();
  });

  it('a listener that removes itself during its call does not skip the next one', () => {
    const bell = new Bell();
    const second = vi.fn();
    const stop = bell.on('ring', () => stop());
    bell.on('ring', second);
    bell.ring(1);
    expect(second).toHaveBeenCalledOnce();
  });

  it('removeAllListeners() removes every listener', () => {
    const bell = new Bell();
    bell.on('ring', vi.fn());
    bell.forget();
    expect(bell.listenerCount('ring')).toBe(0);
    expect(bell.listenerCount('fall')).toBe(0);
  });
});

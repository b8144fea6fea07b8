import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import type { Span, SpanOptions, Tracer } from '../core/tracer.ts';
import { JoinTrace } from './join-trace.ts';

/** Records spans as `name < parent`, with how they end. */
class RecordingTracer implements Tracer {
  readonly enabled = true;
  readonly ended: string[] = [];
  #count = 0;

  start(name: string, { parent }: SpanOptions = {}): Span {
    const traceparent = `${name}#${++this.#count}`;
    let failure = '';
    let isOver = false;
    return {
      traceparent,
      rename: () => undefined,
      set: () => undefined,
      fail: (code) => (failure = ` ${code}`),
      end: () => {
        if (!isOver) this.ended.push(`${name} < ${parent ?? 'none'}${failure}`);
        isOver = true;
      },
    };
  }
}

function joining() {
  const tracer = new RecordingTracer();
  const clock = new ManualClock(0);
  const trace = new JoinTrace({ tracer, clock, parent: null });
  const message = (type: string) => trace.message(type, 'sess_1', () => Promise.resolve(null));
  return { tracer, clock, trace, message };
}

describe('JoinTrace', () => {
  it('a join ends with the first packet of the media, and later messages are traces of their own', async () => {
    const { tracer, trace, message } = joining();
    await trace.step('handshake', () => Promise.resolve());
    await message('transport:connect');
    await message('transport:connect');
    trace.mediaConnected('receive');
    trace.mediaConnected('send');
    trace.mediaReceived();
    await message('session:end');
    await message('network:report');
    expect(tracer.ended).toEqual([
      'handshake < join#1',
      'signaling transport:connect < join#1',
      'signaling transport:connect < join#1',
      'media connect < join#1',
      'media connect < join#1',
      'media first packet < join#1',
      'join < none',
      'signaling session:end < none',
    ]);
  });

  it('a join without media ends after a minute, and says which transport was not connected', async () => {
    const { tracer, clock, message } = joining();
    await message('transport:connect');
    clock.advance(59_999);
    expect(tracer.ended).not.toContain('join < none');
    clock.advance(1);
    expect(tracer.ended.slice(1)).toEqual(['media connect < join#1 no_media', 'join < none']);
  });

  it('a refused connection fails with the code', () => {
    const { tracer, trace } = joining();
    trace.refused('token_expired');
    trace.end();
    expect(tracer.ended).toEqual(['join < none token_expired']);
  });

  it('a step that fails has the code, and no message', async () => {
    const { tracer, trace } = joining();
    const failing = trace.step('room open', () =>
      Promise.reject(new TypeError('Ada Lovelace is not a function')),
    );
    await expect(failing).rejects.toThrow(TypeError);
    expect(tracer.ended).toEqual(['room open < join#1 TypeError']);
  });
});

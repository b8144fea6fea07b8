import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientUnderTest } from './testing/client-under-test.ts';

let one: ClientUnderTest;

const BUSY = { code: 'no_capacity', message: 'no room' } as const;

beforeEach(async () => {
  one = await ClientUnderTest.start();
});
afterEach(() => one.close());

describe('VisitClient with a server without capacity', () => {
  it('shows no_capacity and starts again when the server said', async () => {
    one.server.problem = { status: 503, code: 'no_capacity', retryAfter: 1 };
    one.client.start();
    await one.phase('failed');
    expect(one.state.error).toMatchObject({ code: 'no_capacity', retryAfter: 1 });
    const at = performance.now();
    one.server.problem = null;
    await one.phase('ready');
    expect(performance.now() - at).toBeGreaterThan(900);
    expect(performance.now() - at).toBeLessThan(2_500);
  });

  it('shows no_capacity in the preview when the connection is refused, and connects once there is capacity', async () => {
    one.server.refusal = BUSY;
    one.client.start();
    await one.until(({ error }) => error?.code === 'no_capacity');
    expect(one.state).toMatchObject({ phase: 'ready', connection: 'reconnecting' });
    one.server.refusal = null;
    await one.until(({ connection }) => connection === 'connected');
    expect(one.state).toMatchObject({ phase: 'ready', error: null });
  });

  it('shows no_capacity when the join is refused, repeats it a few seconds later, and keeps the devices as they are', async () => {
    const { join } = one.server.answers;
    one.server.answers.join = () => ({ ok: false, error: BUSY });
    await one.prepared();
    await one.client.setOn('camera', false);
    one.client.join();
    await one.until(({ error }) => error?.code === 'no_capacity');
    expect(one.state).toMatchObject({ phase: 'joining', local: { camera: { state: 'off' } } });
    const at = performance.now();
    one.server.answers.join = join;
    await one.phase('joined');
    expect(performance.now() - at).toBeGreaterThan(2_500);
    expect(one.server.messages('join').at(-1)?.live).toEqual(['microphone']);
    expect(one.state.error).toBeNull();
  });

  it('shows no error for another failure', async () => {
    one.server.refusal = { code: 'shutting_down', message: 'wait' };
    one.client.start();
    await one.until(({ connection }) => connection === 'reconnecting');
    expect(one.state.error).toBeNull();
  });
});

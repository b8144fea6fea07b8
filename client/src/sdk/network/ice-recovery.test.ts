import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransportSwap } from '../media/transport-swap.ts';
import { IceRecovery } from './ice-recovery.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';

let keeper: IceRecovery;
let newest: number;
let answered: number;
let restart: () => Promise<boolean>;
let flows: ReturnType<typeof setInterval>;
const [drop, onStuck] = [vi.fn(), vi.fn()];

beforeEach(async () => {
  vi.useFakeTimers();
  drop.mockClear();
  onStuck.mockClear();
  [newest, answered] = [0, 0];
  restart = () => Promise.resolve(true);
  const session = {
    newestPacket: () => newest,
    sends: 'picture',
    answeredBytes: () => Promise.resolve(answered),
    restartIce: () => restart(),
  };
  const signaling = { connected: true, retryNow: vi.fn(), drop };
  keeper = new IceRecovery({
    signaling: signaling as unknown as SignalingClient,
    media: { current: session, shown: session } as unknown as TransportSwap,
    isConnected: () => true,
    onStuck,
  });
  flow();
  await pass(2_000);
  clearInterval(flows);
});
afterEach(() => {
  keeper.close();
  clearInterval(flows);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function flow(): void {
  flows = setInterval(() => {
    newest += 20;
    answered += 100;
  }, 20);
}

describe('PathKeeper, once media has lost its way,', () => {
  it('builds the media anew where the server has answered the search and nothing came of it', async () => {
    await pass(60_000);
    expect(onStuck).toHaveBeenCalledOnce();
    expect(drop).not.toHaveBeenCalled();
  });

  it('leaves the media as it is where the search finds a way', async () => {
    await pass(1_500);
    flow();
    await pass(60_000);
    expect(onStuck).not.toHaveBeenCalled();
  });

  it('makes a connection anew that does not answer the search, and waits for that', async () => {
    restart = () => new Promise(() => undefined);
    await pass(60_000);
    expect(drop).toHaveBeenCalledOnce();
    expect(onStuck).not.toHaveBeenCalled();
  });
});

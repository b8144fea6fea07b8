import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransportSwap } from '../media/transport-swap.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { IceRecovery } from './ice-recovery.ts';

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

describe('IceRecovery after media has lost its path', () => {
  it('calls onStuck when the server has answered the ICE restart and no path was found', async () => {
    await pass(60_000);
    expect(onStuck).toHaveBeenCalledOnce();
    expect(drop).not.toHaveBeenCalled();
  });

  it('does not call onStuck when the ICE restart finds a path', async () => {
    await pass(1_500);
    flow();
    await pass(60_000);
    expect(onStuck).not.toHaveBeenCalled();
  });

  it('drops a signaling connection that does not answer the ICE restart', async () => {
    restart = () => new Promise(() => undefined);
    await pass(60_000);
    expect(drop).toHaveBeenCalledOnce();
    expect(onStuck).not.toHaveBeenCalled();
  });
});

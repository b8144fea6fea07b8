import { afterEach, describe, expect, it } from 'vitest';
import { MediaWorker, type MediaWorkerOptions, mediaCodecs } from './media-worker.ts';

let worker: MediaWorker | undefined;
afterEach(() => worker?.close());

/** Returns the candidates that a client of a worker with these addresses gets, as "protocol address". */
async function candidates(listenIps: readonly string[], current: readonly string[]) {
  const options: MediaWorkerOptions = { listenIps, announced: { current }, port: 0 };
  worker = await MediaWorker.start(options, () => undefined);
  const router = await worker.createRouter(mediaCodecs(false));
  const { webRtcServer } = worker;
  const transport = await router.createWebRtcTransport({ webRtcServer, enableTcp: true });
  return worker.candidatesOf(transport);
}

const named = (list: Awaited<ReturnType<typeof candidates>>) =>
  list.map(({ protocol, address }) => `${protocol} ${address}`);

describe('MediaWorker.candidatesOf()', () => {
  it('returns the addresses that are listened on if none is announced', async () => {
    expect(named(await candidates(['127.0.0.1'], []))).toEqual(['udp 127.0.0.1', 'tcp 127.0.0.1']);
  });

  it('returns every announced address, the first with the highest priority', async () => {
    const list = await candidates(['0.0.0.0'], ['203.0.113.7', '10.0.0.5']);
    expect(named(list)).toEqual(['udp 203.0.113.7', 'udp 10.0.0.5', 'tcp 203.0.113.7', 'tcp 10.0.0.5']);
    expect(new Set(list.map(({ port }) => port)).size).toBe(2);
    for (const { ip, address } of list) expect(ip).toBe(address);
    const priorities = list.map(({ priority }) => priority);
    expect(priorities).toEqual([...priorities].sort((left, right) => right - left));
  });

  it('returns the announced addresses of each family for the sockets of that family', async () => {
    const list = await candidates(['0.0.0.0', '::'], ['203.0.113.7', '2001:db8::7']);
    expect(named(list).sort()).toEqual([
      'tcp 2001:db8::7',
      'tcp 203.0.113.7',
      'udp 2001:db8::7',
      'udp 203.0.113.7',
    ]);
  });

  it('returns IPv4 addresses for a single socket on the IPv6 wildcard, which receives both', async () => {
    expect(named(await candidates(['::'], ['203.0.113.7']))).toEqual(['udp 203.0.113.7', 'tcp 203.0.113.7']);
  });
});

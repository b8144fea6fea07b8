import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer } from '../testing/fake-server.ts';
import { person } from '../testing/fakes.ts';
import { NoWebSocketProxy } from '../testing/no-websocket-proxy.ts';
import { SignalingClient, type SignalingEvents } from './signaling-client.ts';

let server: FakeServer;
let client: SignalingClient;
let token: string;

beforeEach(async () => {
  server = await FakeServer.start();
  token = 'first';
  client = new SignalingClient({
    url: server.url,
    sessionId: 'sess_1',
    token: () => token,
    requestTimeout: 200,
  });
});
afterEach(async () => {
  client.close();
  await server.close();
});

const next = <E extends keyof SignalingEvents>(event: E) =>
  new Promise<SignalingEvents[E]>((resolve) => {
    const stop = client.on(event, (payload) => {
      stop();
      resolve(payload);
    });
  });

const connected = async () => {
  const done = next('connected');
  client.connect();
  await done;
};

describe('SignalingClient', () => {
  it('connect() sends token and session, over a WebSocket', async () => {
    await connected();
    expect(client.connected).toBe(true);
    expect(server.handshakes).toEqual([{ token: 'first', sessionId: 'sess_1' }]);
    expect(server.sockets[0]?.conn.transport.name).toBe('websocket');
  });

  it('request() resolves with the data of the answer and counts as awaited', async () => {
    await connected();
    server.answers['producer:create'] = () => ({ ok: true, data: { producerId: 'p1' } });
    const payload = { transportId: 't', source: 'camera' as const, rtpParameters: {}, paused: true };
    await expect(client.request('producer:create', payload)).resolves.toEqual({ producerId: 'p1' });
    expect(server.messages('producer:create')).toEqual([payload]);
    expect(client.awaitedMessages).toBe(1);
  });

  it('request() throws the code of a refusal', async () => {
    await connected();
    server.answers.join = () => ({ ok: false, error: { code: 'not_prepared', message: 'too early' } });
    await expect(client.request('join', { live: [] })).rejects.toMatchObject({ code: 'not_prepared' });
  });

  it('request() throws unreachable when it times out', async () => {
    await connected();
    server.answers.leave = () => null;
    await expect(client.request('leave', {})).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('request() throws unreachable at once when the connection drops', async () => {
    await connected();
    server.answers.leave = () => {
      server.cut();
      return null;
    };
    await expect(client.request('leave', {})).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('request() throws at once without a connection, and is not sent later', async () => {
    await expect(client.request('leave', {})).rejects.toMatchObject({ code: 'unreachable' });
    await connected();
    await client.request('session:end', {});
    expect(server.messages('leave')).toHaveLength(0);
  });

  it('send() reaches the server, does not count as awaited, and its failure is ignored', async () => {
    client.send('consumer:ready', { consumerIds: ['lost'] });
    await connected();
    client.send('consumer:ready', { consumerIds: ['c1'] });
    await server.until('consumer:ready');
    expect(server.messages('consumer:ready')).toEqual([{ consumerIds: ['c1'] }]);
    expect(client.awaitedMessages).toBe(0);
  });

  it('emits the server’s events with their payload', async () => {
    await connected();
    const joined = next('participant:joined');
    server.tell('participant:joined', person('pat1'));
    await expect(joined).resolves.toMatchObject({ userId: 'pat1' });
    const replaced = next('replaced');
    server.tell('replaced');
    await replaced;
  });

  it('reconnects by itself after a drop, with the newest token', async () => {
    await connected();
    token = 'second';
    const [reconnecting, again] = [next('reconnecting'), next('connected')];
    server.cut();
    await reconnecting;
    await again;
    expect(server.handshakes.at(-1)).toMatchObject({ token: 'second' });
  });

  it('drop() looks like a lost network to the server, and the client reconnects', async () => {
    await connected();
    const reason = new Promise<string>((resolve) => server.sockets[0]?.on('disconnect', resolve));
    const again = next('connected');
    client.drop();
    await expect(reason).resolves.toBe('transport close');
    await again;
  });

  it('reconnects after a disconnect by the server', async () => {
    await connected();
    const again = next('connected');
    server.sockets[0]?.disconnect(true);
    await again;
  });

  it('reports a handshake that is refused for good, and does not repeat it', async () => {
    server.refusal = { code: 'token_expired', message: 'expired' };
    const refused = next('refused');
    client.connect();
    await expect(refused).resolves.toMatchObject({ code: 'token_expired' });
    expect(server.handshakes).toHaveLength(1);
  });

  it('repeats a handshake that is refused for now until it succeeds', async () => {
    server.refusal = { code: 'shutting_down', message: 'wait' };
    const [reconnecting, done] = [next('reconnecting'), next('connected')];
    client.connect();
    await reconnecting;
    server.refusal = null;
    await done;
    expect(server.handshakes.length).toBeGreaterThan(1);
  });

  it('connect() names the session in the address, for routing', async () => {
    await connected();
    expect(server.sockets[0]?.handshake.query).toMatchObject({ session: 'sess_1' });
  });

  it('repeats a handshake with wrong_node at once, without reporting it', async () => {
    server.refusals.push({ code: 'wrong_node', message: 'elsewhere' });
    const told = vi.fn();
    client.on('reconnecting', told);
    client.on('refused', told);
    const at = performance.now();
    await connected();
    expect(performance.now() - at).toBeLessThan(250);
    expect(told).not.toHaveBeenCalled();
    expect(server.handshakes).toHaveLength(2);
  });

  it('repeats a handshake with wrong_node at once, also after many refusals', async () => {
    const passing = { code: 'shutting_down', message: 'wait' } as const;
    server.refusals.push(passing, passing, { code: 'wrong_node', message: 'elsewhere' });
    client.connect();
    await server.untilHandshakes(3);
    const at = performance.now();
    await server.untilHandshakes(4);
    expect(performance.now() - at).toBeLessThan(250);
  });

  it('repeats further handshakes with wrong_node after the usual delays', async () => {
    server.refusal = { code: 'wrong_node', message: 'elsewhere' };
    const refused = vi.fn();
    client.on('refused', refused);
    client.connect();
    await server.untilHandshakes(3);
    const at = performance.now();
    await server.untilHandshakes(4);
    expect(performance.now() - at).toBeGreaterThan(290);
    server.refusal = null;
    await next('connected');
    expect(refused).not.toHaveBeenCalled();
  });

  it('freeze() keeps the connection, and emits gone when it is lost', async () => {
    await connected();
    const told = vi.fn();
    client.on('reconnecting', told);
    client.freeze();
    client.freeze();
    expect(client.connected).toBe(true);
    const gone = next('gone');
    server.cut();
    await gone;
    client.retryNow();
    client.connect();
    expect(told).not.toHaveBeenCalled();
    expect(server.handshakes).toHaveLength(1);
  });

  it('freeze() emits gone at once between two connections', async () => {
    await connected();
    const lost = next('reconnecting');
    server.cut();
    await lost;
    const gone = next('gone');
    client.freeze();
    await gone;
    client.retryNow();
    expect(server.handshakes).toHaveLength(1);
  });

  it('close() without a goodbye looks like a lost network', async () => {
    await connected();
    const reason = new Promise<string>((resolve) => server.sockets[0]?.on('disconnect', resolve));
    client.close({ goodbye: false });
    await expect(reason).resolves.toBe('transport close');
    expect(client.connected).toBe(false);
  });

  it('close() says goodbye, is idempotent, and stops all events', async () => {
    await connected();
    const reason = new Promise<string>((resolve) => server.sockets[0]?.on('disconnect', resolve));
    const heard = vi.fn();
    client.on('reconnecting', heard);
    client.close();
    client.close();
    client.connect();
    client.drop();
    await expect(reason).resolves.toBe('client namespace disconnect');
    expect(heard).not.toHaveBeenCalled();
    expect(client.connected).toBe(false);
  });
});

describe('SignalingClient over a network without answers', () => {
  const ways = createServer({ pauseOnConnect: true });
  let way: Socket[];
  let slow: SignalingClient;

  beforeEach(async () => {
    way = [];
    ways.on('connection', (socket) => way.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => ways.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(ways.address() as AddressInfo).port}`;
    slow = new SignalingClient({ url, sessionId: 'sess_1', token: () => token });
    slow.connect();
    await tried(1);
  });
  afterEach(async () => {
    slow.close();
    for (const socket of way) socket.destroy();
    ways.removeAllListeners('connection');
    await new Promise((resolve) => ways.close(resolve));
  });

  const PATIENCE = { timeout: 10_000 };
  const tried = (count: number) =>
    vi.waitFor(() => expect(way.length).toBeGreaterThanOrEqual(count), PATIENCE);
  /** Lets the data of this attempt, counted from 1, reach the server. */
  const open = (number: number) => {
    const socket = way[number - 1];
    const onward = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket?.on('close', () => onward.destroy());
    socket?.pipe(onward).pipe(socket);
  };
  const reached = () => vi.waitFor(() => expect(slow.connected).toBe(true), PATIENCE);

  it('retryNow() replaces a hanging attempt', async () => {
    slow.retryNow();
    await tried(2);
    open(2);
    await reached();
    way[0]?.resume();
    await vi.waitFor(() => expect(way[0]?.destroyed).toBe(true), PATIENCE);
    expect(server.handshakes).toHaveLength(1);
  });

  it('retryNow() keeps the attempt that it has just started', async () => {
    for (let hint = 0; hint < 5; hint++) slow.retryNow();
    await tried(2);
    open(2);
    await reached();
    expect(way).toHaveLength(2);
  });

  it('retryNow() replaces its own attempt after another change', async () => {
    slow.retryNow();
    await tried(2);
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_100);
    slow.retryNow();
    vi.restoreAllMocks();
    await tried(3);
    open(3);
    await reached();
  });

  it('retryNow() does not connect before connect()', async () => {
    client.retryNow();
    slow.retryNow();
    await tried(2);
    expect(server.handshakes).toEqual([]);
    expect(client.connected).toBe(false);
  });

  it('drop() does nothing while connecting', async () => {
    slow.drop();
    open(1);
    await reached();
    expect(way).toHaveLength(1);
  });
});

describe('a network that lets no WebSocket through', () => {
  let proxy: NoWebSocketProxy;
  afterEach(() => proxy.close());

  async function through(fate: 'refused' | 'swallowed'): Promise<void> {
    proxy = await NoWebSocketProxy.open(server.url, fate);
    client.close();
    client = new SignalingClient({ url: proxy.url, sessionId: 'sess_1', token: () => token });
    await connected();
  }

  it.each(['refused', 'swallowed'] as const)(
    'connect() reaches the server by long polling if WebSockets are %s',
    { timeout: 20_000 },
    async (fate) => {
      await through(fate);
      expect(server.sockets[0]?.conn.transport.name).toBe('polling');
      await expect(client.request('session:end', {})).resolves.toBeNull();
      server.tell('participant:left', { userId: 'patient', reason: 'left' });
      expect(await next('participant:left')).toMatchObject({ userId: 'patient' });
    },
  );

  it('the next connection uses long polling at once', { timeout: 20_000 }, async () => {
    await through('refused');
    const again = next('connected');
    let failures = 0;
    client.on('reconnecting', () => (failures += 1));
    server.cut();
    await again;
    expect(failures).toBe(1);
  });
});

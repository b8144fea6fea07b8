import { once } from 'node:events';
import { createServer } from 'node:http';
import { Bus, type BusTransport } from '@televisit/server/cluster/bus';
import { RedisTransport } from '@televisit/server/cluster/redis-transport';
import { systemClock, type Clock } from '@televisit/server/core/clock';
import { randomIds } from '@televisit/server/domain/ids';
import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';

/** Returns a logger that keeps its lines. */
function keptLog() {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  return { logger, lines };
}

const NOTHING = { sessionId: 'sess_00000000' };

/** A process with a bus, as seen by other buses. */
class Member {
  readonly bus: Bus;
  readonly transport: RedisTransport;
  readonly lines: readonly string[];
  /** Sessions of the commands that this process carried out. */
  readonly done: string[] = [];
  readonly #io: Server;

  constructor(url: string, processId: string, clock: Clock = systemClock) {
    const { logger, lines } = keptLog();
    this.lines = lines;
    this.transport = new RedisTransport({ url, logger });
    this.#io = new Server(createServer(), { adapter: this.transport.adapter });
    this.transport.attach({
      send: (message) => void this.#io.serverSideEmit('peer:message', message),
      onMessage: (listener) => void this.#io.on('peer:message', listener),
    });
    this.bus = new Bus({ processId, transport: this.transport, clock, ids: randomIds, logger });
    this.bus.handle('session:changed', ({ sessionId }) => {
      this.done.push(sessionId);
      return null;
    });
    onTestFinished(() => this.close());
  }

  async close(): Promise<void> {
    await this.#io.close();
    this.bus.close();
  }

  /** Repeats a command until it is answered: the connections come back at different moments. */
  async reaches(to: string): Promise<void> {
    await expect.poll(() => this.codeOf(to)).toBe('ok');
  }

  async codeOf(to: string, sessionId = NOTHING.sessionId): Promise<ErrorCode | 'ok'> {
    try {
      await this.bus.request(to, 'session:changed', { sessionId });
      return 'ok';
    } catch (error) {
      return (error as TelevisitError).code;
    }
  }
}

async function pair(redis: RedisServer): Promise<[Member, Member]> {
  const members: [Member, Member] = [new Member(redis.url, 'a'), new Member(redis.url, 'b')];
  await members[0].reaches('b');
  await members[1].reaches('a');
  return members;
}

describe('a bus without a transport', () => {
  const { logger } = keptLog();
  const alone = () =>
    new Bus({ processId: 'a', transport: null, clock: systemClock, ids: randomIds, logger });

  it('a bus without a transport reaches its own process only', async () => {
    const bus = alone();
    bus.handle('session:ask', ({ request }) => ({ answers: [String(request.text).length] }));
    const asked = { ...NOTHING, feature: 'chat', request: { text: 'Hello' } };
    expect(await bus.request('a', 'session:ask', asked)).toEqual({ answers: [5] });
    await expect(bus.request('b', 'session:ask', asked)).rejects.toMatchObject({
      code: 'node_unreachable',
      retryAfter: 2,
    });
  });

  it('a bus without a transport passes on the error of the handler', async () => {
    const bus = alone();
    bus.handle('session:changed', () => {
      throw new TelevisitError('session_not_found');
    });
    await expect(bus.request('a', 'session:changed', NOTHING)).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });
});

describe('a bus over a transport controlled by the test', () => {
  function bus() {
    const sent: Record<string, unknown>[] = [];
    let receive: (message: unknown) => void = () => undefined;
    const transport: BusTransport = {
      up: true,
      send: (message) => void sent.push(message as Record<string, unknown>),
      onMessage: (listener) => (receive = listener),
      close: () => undefined,
    };
    const { logger, lines } = keptLog();
    const made = new Bus({ processId: 'b', transport, clock: systemClock, ids: randomIds, logger });
    onTestFinished(() => made.close());
    const handler = vi.fn(() => null);
    made.handle('session:changed', handler);
    return { sent, lines, handler, made, receive: (message: unknown) => receive(message) };
  }
  const asked = (id: string, rest: object = {}) => ({
    ...{ kind: 'request', from: 'a', to: 'b', id },
    ...{ command: 'session:changed', payload: NOTHING },
    ...rest,
  });

  it('a command that is delivered twice runs once and is answered twice', async () => {
    const { receive, handler, sent } = bus();
    receive(asked('one'));
    receive(asked('one'));
    await expect.poll(() => sent).toHaveLength(2);
    expect(sent[0]).toEqual(sent[1]);
    expect(sent[0]).toMatchObject({ kind: 'answer', to: 'a', id: 'one', outcome: { ok: true } });
    receive(asked('two'));
    await expect.poll(() => handler.mock.calls.length).toBe(2);
  });

  it('a bus ignores commands for others, malformed messages and malformed commands', async () => {
    const { receive, handler, sent, lines } = bus();
    receive(asked('one', { to: 'c' }));
    const odd: unknown[] = [null, 'text', 7, [], { to: 'b' }, asked('three', { id: 3 })];
    for (const one of odd) receive(one);
    receive(asked('four', { payload: { sessionId: 4 } }));
    receive(asked('five', { command: 'toString' }));
    await expect.poll(() => sent).toHaveLength(2);
    const refused = { ok: false, failure: { code: 'node_unreachable' } };
    expect(sent).toMatchObject([
      { id: 'four', outcome: refused },
      { id: 'five', outcome: refused },
    ]);
    expect(handler).not.toHaveBeenCalled();
    expect(lines.join('')).toContain('failed to parse');
  });

  it('a bus takes the first answer and ignores answers to other questions', async () => {
    const { receive, sent, made } = bus();
    receive({ kind: 'answer', from: 'a', to: 'b', id: 'none', outcome: { ok: true, answer: null } });
    const answer = made.request('a', 'session:ask', { ...NOTHING, feature: 'chat', request: {} });
    await expect.poll(() => sent).toHaveLength(1);
    const { id } = sent[0]!;
    for (const delivered of [1, 2]) {
      receive({
        kind: 'answer',
        from: 'a',
        to: 'b',
        id,
        outcome: { ok: true, answer: { answers: [delivered] } },
      });
    }
    expect(await answer).toEqual({ answers: [1] });
    expect(made.pending).toBe(0);
  });

  it('pending commands fail as soon as the bus is closed', async () => {
    const { made } = bus();
    const answer = made.request('a', 'session:changed', NOTHING);
    made.close();
    made.close();
    await expect(answer).rejects.toMatchObject({ code: 'node_unreachable' });
    await expect(made.request('b', 'session:changed', NOTHING)).rejects.toMatchObject({
      code: 'node_unreachable',
    });
    expect(made.pending).toBe(0);
  });
});

describe.runIf(redisAvailable('the bus between servers'))('buses on one Redis', () => {
  it('buses answer each other, and errors keep all of their fields', async () => {
    const [a, b] = await pair(await RedisServer.start());
    b.bus.handle('session:ask', ({ request: { text } }) => {
      if (text === 'over') {
        const times = { closedAt: '2030-01-01T00:00:00.000Z' };
        throw new TelevisitError('session_over', { detail: 'Too late.', times, retryAfter: 7 });
      }
      if (text === 'bug') throw new Error('a secret');
      return { answers: [text] };
    });
    const ask = (text: string) =>
      a.bus.request('b', 'session:ask', { ...NOTHING, feature: 'chat', request: { text } });
    expect(await ask('Grüße 👋')).toEqual({ answers: ['Grüße 👋'] });
    await expect(ask('over')).rejects.toMatchObject({
      code: 'session_over',
      message: 'Too late.',
      times: { closedAt: '2030-01-01T00:00:00.000Z' },
      retryAfter: 7,
    });
    const failed = await ask('bug').catch((error: unknown) => error as TelevisitError);
    expect(failed).toMatchObject({ code: 'internal_error' });
    expect(JSON.stringify(failed)).not.toContain('secret');
    expect(b.lines.join('')).toContain('failed to carry out a command');
  });

  it('a command reaches only the process that it addresses', async () => {
    const redis = await RedisServer.start();
    const [a, b] = await pair(redis);
    const c = new Member(redis.url, 'c');
    await a.reaches('c');
    const before = c.done.length;
    expect(await a.codeOf('b', 'sess_told')).toBe('ok');
    expect(b.done).toContain('sess_told');
    expect(c.done).toHaveLength(before);
  });

  it('a command fails after 3 s if the process is missing or does not answer', async () => {
    const [a, b] = await pair(await RedisServer.start());
    b.bus.handle('session:changed', () => new Promise<null>(() => undefined));
    const started = performance.now();
    expect(await Promise.all([a.codeOf('nobody'), a.codeOf('b')])).toEqual([
      'node_unreachable',
      'node_unreachable',
    ]);
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(2900);
    expect(took).toBeLessThan(4500);
    expect(a.bus.pending).toBe(0);
  });

  it('commands fail while Redis is down and work again afterwards, however Redis ends', async () => {
    const redis = await RedisServer.start();
    const [a, b] = await pair(redis);
    const outages = [
      [() => redis.stop(), () => redis.start()],
      [() => redis.kill(), () => redis.start()],
      [() => redis.pause(), () => redis.resume()],
    ] as const;
    for (const [end, begin] of outages) {
      await end();
      const asked = Array.from({ length: 50 }, () => a.codeOf('b'));
      expect(new Set(await Promise.all(asked))).toEqual(new Set(['node_unreachable']));
      await expect.poll(() => a.transport.up).toBe(false);
      expect(a.bus.pending).toBe(0);
      const started = performance.now();
      expect(await a.codeOf('b')).toBe('node_unreachable');
      expect(performance.now() - started).toBeLessThan(500);
      await begin();
      await a.reaches('b');
      await b.reaches('a');
    }
    expect(a.lines.filter((line) => line.includes('Redis is unreachable'))).toHaveLength(3);
    expect(a.lines.filter((line) => line.includes('reachable again'))).toHaveLength(3);
  });

  it('a bus starts without Redis, warns, and works when Redis is there', async () => {
    const redis = await RedisServer.reserve();
    const a = new Member(redis.url, 'a');
    const b = new Member(redis.url, 'b');
    expect(await a.codeOf('b')).toBe('node_unreachable');
    expect(await a.codeOf('a')).toBe('ok');
    await expect.poll(() => a.lines.join('')).toContain('Redis is unreachable');
    await redis.start();
    await a.reaches('b');
    await b.reaches('a');
  });

  it('a bus closes without Redis as with it, and leaves no connection open', async () => {
    const redis = await RedisServer.start();
    const [a, b] = await pair(redis);
    await a.close();
    await b.close();
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await expect
      .poll(async () =>
        String(await client.client('LIST'))
          .trim()
          .split('\n'),
      )
      .toHaveLength(1);
    const away = new Member((await RedisServer.reserve()).url, 'away');
    await away.close();
    await away.close();
  });

  it('commands leave no keys in Redis', async () => {
    const redis = await RedisServer.start();
    const [a] = await pair(redis);
    await Promise.all(Array.from({ length: 200 }, () => a.codeOf('b')));
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await once(client, 'ready');
    expect(await client.keys('*')).toEqual([]);
  });
});

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NoWebSocketProxy } from '@televisit/client/sdk/testing/no-websocket-proxy';
import { LOCALHOST } from '@televisit/server/webhooks/testing/certificates';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/infra/free-port.ts';
import { Mailbox } from '../support/infra/mailbox.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { INTERNAL_SECRET, TOKEN_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';
import { TurnServer, turnAvailable } from '../support/infra/turn-server.ts';
import { createLab, insideNamespace, labAvailable } from '../support/netlab/index.ts';

const DOCTOR = fileURLToPath(new URL('../../server/src/doctor.ts', import.meta.url));
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

function temporaryFolder(): string {
  const folder = makeTemporaryFolder();
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** Listens on the loopback address until the end of the test. @returns the port */
async function listen(server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Runs the checks as an operator does, with nothing but the given settings. */
async function doctor(subjects: readonly string[], env: Record<string, string>, namespace?: string) {
  const [command, args] = insideNamespace(namespace, process.execPath, [DOCTOR, ...subjects]);
  const cwd = temporaryFolder();
  const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, DATA_DIR: cwd, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, lines: output.split('\n') };
}

describe('npm run doctor', () => {
  it(
    'finds nothing wrong with a server that runs, and its mail and webhooks',
    { timeout: 60_000 },
    async () => {
      const mailbox = await Mailbox.start();
      const events: string[] = [];
      const receiver = await listen(
        createHttpServer((request, response) => {
          events.push(String(request.headers['webhook-id']));
          response.writeHead(204).end();
        }),
      );
      const [port, rtcPort] = [await freePort(), await freePort()];
      const env = {
        ...mailbox.env,
        PORT: String(port),
        RTC_PORT: String(rtcPort),
        WORKERS: '1',
        LISTEN_IP: '127.0.0.1',
        CLIENT_BASE_URL: `http://127.0.0.1:${port}`,
        INTERNAL_SECRET,
        VIDEO_JWT_SECRET: TOKEN_SECRET,
        WEBHOOK_URL: `http://127.0.0.1:${receiver}/webhooks`,
        WEBHOOK_SECRET,
        WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
        DATA_DIR: temporaryFolder(),
      };
      await startServer({ process: 'server', env });
      const { code, output } = await doctor([], env);
      expect(output).not.toContain('FAIL');
      expect(code).toBe(0);
      for (const line of [
        `ok   media: UDP port ${rtcPort} at 127.0.0.1: is used by the running server`,
        'used by the running server\n-    redis: not configured',
        'ok   mail: SMTP server: accepts connections; mail comes from no-reply@clinic.test',
        'ok   address: WebSockets: pass',
        'ok   webhooks: 127.0.0.1',
      ])
        expect(output).toContain(line);
      expect(events).toHaveLength(1);
      expect(mailbox.received).toHaveLength(0);
      expect(output).not.toContain(INTERNAL_SECRET);
    },
  );

  it('prints cause and remedy of each failure, and exits with 1', { timeout: 60_000 }, async () => {
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    socket.bind(await freePort(), '127.0.0.1');
    await once(socket, 'listening');
    const mailbox = await Mailbox.start({ login: { user: 'televisit', password: 'right' } });
    const nobody = await freePort();
    const { code, output } = await doctor([], {
      PORT: String(await freePort()),
      RTC_PORT: String(socket.address().port),
      WORKERS: '1',
      LISTEN_IP: '127.0.0.1',
      ANNOUNCED_ADDRESS: '127.0.0.1',
      CLIENT_BASE_URL: `http://127.0.0.1:${nobody}`,
      MONGO_URI: `mongodb://127.0.0.1:${nobody}/televisit`,
      REDIS_URL: `redis://:secret-of-redis@127.0.0.1:${nobody}`,
      NODE_URL: `http://127.0.0.1:${nobody}`,
      ...mailbox.env,
      SMTP_URL: `smtp://televisit:wrong@127.0.0.1:${mailbox.port}`,
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      /FAIL media: UDP port \d+ at 127.0.0.1: is used by another program\n {5}Stop it, or set/,
    );
    expect(output).toContain('FAIL media: announced address: 127.0.0.1, which only this machine reaches');
    expect(output).toMatch(/FAIL store: MongoDB: .*ECONNREFUSED.*\n {5}Check MONGO_URI/);
    expect(output).toMatch(/FAIL redis: Redis: .*\n {5}Check REDIS_URL/);
    expect(output).toMatch(/FAIL mail: SMTP server: .*\n {5}Check SMTP_URL/);
    expect(output).toMatch(/FAIL address: .*healthz: .*ECONNREFUSED.*\n {5}Start the server/);
    expect(output).not.toMatch(/secret-of-redis|wrong/);
  });

  it('tries the storage of recordings, and looks for engines and services of speech', async () => {
    const dataDir = temporaryFolder();
    const port = await listen(createHttpServer((_request, response) => response.writeHead(404).end()));
    const good = await doctor(['recordings', 'speech'], {
      DATA_DIR: dataDir,
      STT_ENGINE: 'http',
      STT_URL: `http://127.0.0.1:${port}`,
    });
    expect(good.output).toContain(
      `ok   recordings: storage: ${dataDir}/recordings takes, returns and deletes`,
    );
    expect(good.output).toContain(`ok   speech: transcripts: 127.0.0.1:${port} answers`);
    expect(good.code).toBe(0);
    const file = `${dataDir}/file`;
    writeFileSync(file, '');
    const bad = await doctor(['recordings', 'speech'], {
      RECORDINGS_DIR: file,
      SPEECH_DIR: dataDir,
      STT_ENGINE: 'whisper',
      CAPTIONS_ENGINE: 'deepgram',
      CAPTIONS_URL: `ws://127.0.0.1:${await freePort()}`,
    });
    expect(bad.output).toMatch(/FAIL recordings: storage: E\w+: .*\n {5}Check .*file/);
    expect(bad.output).toMatch(/FAIL speech: transcripts: .* is missing.*\n {5}Run "node/);
    expect(bad.output).toMatch(/FAIL speech: captions: .*ECONNREFUSED.*\n {5}Check CAPTIONS_URL/);
    expect(bad.code).toBe(1);
  });

  it('prints what is wrong with settings, and which checks there are', async () => {
    const { code, output } = await doctor([], { NODE_ENV: 'production' });
    expect(code).toBe(1);
    expect(output).toContain('FAIL settings: ');
    expect(output).toContain('ANNOUNCED_ADDRESS is missing');
    const unknown = await doctor(['media', 'everything'], {});
    expect(unknown.code).toBe(2);
    expect(unknown.output).toContain(
      'There is no check of everything. Use: npm run doctor -- machine|media|',
    );
  });

  it('notices a proxy that lets no WebSocket through', { timeout: 60_000 }, async () => {
    const server = await startServer();
    const proxy = await NoWebSocketProxy.open(server.url, 'refused');
    onTestFinished(() => proxy.close());
    const { code, output } = await doctor(['address'], { CLIENT_BASE_URL: proxy.url });
    expect(code).toBe(1);
    expect(output).toContain('FAIL address: WebSockets: the answer to Upgrade is 403');
  });

  it('notices a certificate that browsers do not trust, and accepts one that they do', async () => {
    const port = await listen(createHttpsServer(LOCALHOST, (_request, response) => response.end()));
    const env = { CLIENT_BASE_URL: `https://localhost:${port}` };
    const untrusted = await doctor(['address'], env);
    expect(untrusted.output).toMatch(/FAIL address: certificate: .*\n {5}Renew it/);
    const authorities = `${temporaryFolder()}/authorities.pem`;
    writeFileSync(authorities, LOCALHOST.cert);
    const trusted = await doctor(['address'], { ...env, NODE_EXTRA_CA_CERTS: authorities });
    expect(trusted.output).toMatch(/ok {3}address: certificate: valid for \d+ days/);
  });

  it.skipIf(!MongoServer.available() || !redisAvailable('the doctor’s check of Redis'))(
    'compares the clocks of MongoDB and Redis',
    { timeout: 60_000 },
    async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const redis = await RedisServer.start();
      const { code, output } = await doctor(['store', 'redis'], {
        MONGO_URI: mongo.uriFor(),
        REDIS_URL: redis.url,
        NODE_URL: 'http://127.0.0.1:1',
      });
      expect(output).toContain('ok   store: clock of MongoDB: agrees within 2 s');
      expect(output).toContain('ok   redis: clock of Redis: agrees within 2 s');
      expect(code).toBe(0);
    },
  );
});

const TURN = 'the doctor’s check of a TURN server';
describe.skipIf(!labAvailable(TURN) || !turnAvailable(TURN))('npm run doctor -- turn', () => {
  it('allocates a relay with credentials of a participant', { timeout: 60_000 }, async () => {
    const lab = await createLab();
    onTestFinished(() => lab.close());
    const { namespace, address } = lab.server;
    const server = await TurnServer.start(lab.server, 3478, 'secret-of-the-turn-server-0123456789');
    onTestFinished(() => server.close());
    const urls = ['udp', 'tcp'].map((transport) => `turn:${address}:3478?transport=${transport}`);
    const env = { TURN_URLS: urls.join(','), TURN_SECRET: 'secret-of-the-turn-server-0123456789' };
    const right = await doctor(['turn'], env, namespace);
    expect(right.lines.slice(0, 2)).toEqual(
      urls.map((url) => expect.stringContaining(`ok   turn: ${url}: relays at ${address}`) as string),
    );
    expect(right.code).toBe(0);
    const wrong = await doctor(
      ['turn'],
      { ...env, TURN_SECRET: 'another-secret-0123456789-0123456789' },
      namespace,
    );
    expect(wrong.output).toContain(`FAIL turn: ${urls[0]}: refuses the credentials`);
    expect(wrong.code).toBe(1);
    const closed = await doctor(
      ['turn'],
      { ...env, TURN_URLS: `turn:${address}:3479?transport=tcp` },
      namespace,
    );
    expect(closed.output).toMatch(/FAIL turn: .*\n {5}Start the TURN server/);
  });
});

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { S3Storage, type S3Limits } from '@televisit/server/recording/storage/s3-storage';
import type { S3Settings } from '@televisit/server/recording/storage/s3-settings';
import { contentOf } from '@televisit/server/recording/testing/content';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TcpFaultProxy } from '../support/faults/tcp-fault-proxy.ts';
import { leaveFiles, recordableVisit, recorded, SPOOL } from '../support/fixtures/recordings.ts';
import { S3Server, s3ServerAvailable } from '../support/infra/s3-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

const MEBIBYTE = 1 << 20;
const SIZE = 20 * MEBIBYTE + 12_345;
/** The header of a request that orders encryption, and of the response that reports it. */
const ORDER = 'x-amz-server-side-encryption';
/** Short enough for a test that waits for it, and long enough for a busy machine. */
const IMPATIENT: Partial<S3Limits> = { connectMs: 1_500, idleMs: 1_500, attempts: 2 };

async function opened(settings: S3Settings, limits?: Partial<S3Limits>): Promise<S3Storage> {
  const storage = await S3Storage.open(settings, limits);
  onTestFinished(() => storage.close());
  return storage;
}

/** Yields content in parts of a mebibyte, and acts once half of it was taken. */
async function* parts(content: Buffer, halfway: () => unknown = () => undefined) {
  for (let at = 0; at < content.length; at += MEBIBYTE) {
    if (at === Math.floor(content.length / 2 / MEBIBYTE) * MEBIBYTE) await halfway();
    yield content.subarray(at, at + MEBIBYTE);
  }
}

/** An HTTP proxy that makes a store report that it encrypts every object by KMS, as the test's store does not. */
async function encrypting({ port }: S3Server) {
  const orders: string[] = [];
  let report: Record<string, string> = { [ORDER]: 'aws:kms' };
  const proxy = createServer((from, to) => {
    const { method, url: path, headers } = from;
    const { [ORDER]: algorithm, [`${ORDER}-aws-kms-key-id`]: keyId } = headers;
    if (algorithm !== undefined) orders.push([algorithm, keyId].join(' '));
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...report });
      answer.pipe(to);
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url, orders, ignoreOrders: () => (report = {}) };
}

const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  const failure = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('It did not fail.');
  return failure;
};

describe.skipIf(!s3ServerAvailable('recordings in S3'))('recordings in S3', () => {
  describe('the storage', () => {
    it.each([
      ['small content', 11],
      ['content of several parts', SIZE],
    ])('stores %s, reads ranges of it, replaces and deletes it', async (_, bytes) => {
      const server = await S3Server.start();
      const storage = await opened(server.settings({ prefix: 'clinic/recordings/' }));
      const content = randomBytes(bytes);
      await storage.put('file-1', parts(content));
      expect(await server.objects()).toEqual(['clinic/recordings/file-1']);
      const range = (from: number, to: number) => contentOf(storage.read('file-1', from, to));
      expect((await range(0, bytes)).equals(content)).toBe(true);
      const [from, to] = [Math.floor(bytes / 3), Math.floor(bytes / 2) + 1];
      expect((await range(from, to)).equals(content.subarray(from, to))).toBe(true);
      expect(await range(5, 5)).toHaveLength(0);
      await storage.put('file-1', parts(Buffer.from('another')));
      expect((await range(0, 7)).toString()).toBe('another');
      await storage.delete('file-1');
      await storage.delete('file-1');
      expect(await server.objects()).toEqual([]);
      expect(await failureOf(range(0, 7))).toMatchObject({ name: 'S3Error', status: 404 });
    });

    it('keeps what was there if its content fails, and no parts', async () => {
      const server = await S3Server.start();
      const storage = await opened(server.settings());
      await storage.put('file-1', parts(Buffer.from('before')));
      const failing = parts(randomBytes(SIZE), async () => {
        await expect.poll(() => server.unfinishedUploads()).toEqual(['file-1']);
        throw new Error('The disk failed.');
      });
      expect((await failureOf(storage.put('file-1', failing))).message).toBe('The disk failed.');
      expect((await contentOf(storage.read('file-1', 0, 6))).toString()).toBe('before');
      expect(await server.unfinishedUploads()).toEqual([]);
    });

    it.each(['../outside', 'a/b', '', 'a.b'])('refuses the name %j', async (name) => {
      const storage = await opened((await S3Server.start()).settings());
      await expect(storage.put(name, parts(Buffer.from('text')))).rejects.toThrow('no name');
      await expect(storage.delete(name)).rejects.toThrow('no name');
    });

    it('survives connections that are cut in the middle of an upload', async () => {
      const server = await S3Server.start();
      const proxy = await TcpFaultProxy.open(server.port);
      const storage = await opened(server.settings({ endpoint: proxy.through(server.url) }));
      const content = randomBytes(SIZE);
      await storage.put(
        'file-1',
        parts(content, async () => {
          await expect.poll(() => server.unfinishedUploads()).toEqual(['file-1']);
          proxy.cut();
        }),
      );
      expect((await contentOf(storage.read('file-1', 0, SIZE))).equals(content)).toBe(true);
      expect(await server.unfinishedUploads()).toEqual([]);
    });

    it('fails when the store hangs in the middle of an upload, and succeeds again without parts left', async () => {
      const server = await S3Server.start();
      const proxy = await TcpFaultProxy.open(server.port);
      const storage = await opened(server.settings({ endpoint: proxy.through(server.url) }), IMPATIENT);
      const content = randomBytes(SIZE);
      const hanging = parts(content, async () => {
        await expect.poll(() => server.unfinishedUploads()).toEqual(['file-1']);
        proxy.stall();
      });
      const { message } = await failureOf(storage.put('file-1', hanging));
      expect(message).toBe(
        'Could not store a file of a recording: the object store of the bucket recordings did not answer in time (TimeoutError).',
      );
      // Nothing could tell the store to give up the parts.
      expect(await server.unfinishedUploads()).toEqual(['file-1']);
      expect(await server.objects()).toEqual([]);
      proxy.heal();
      await storage.put('file-1', parts(content));
      expect(await server.unfinishedUploads()).toEqual([]);
      expect((await contentOf(storage.read('file-1', 0, SIZE))).equals(content)).toBe(true);
    });

    it('fails when the store dies in the middle of an upload, and succeeds when it is back', async () => {
      const server = await S3Server.start();
      const storage = await opened(server.settings(), IMPATIENT);
      const content = randomBytes(SIZE);
      const dying = parts(content, async () => {
        await expect.poll(() => server.unfinishedUploads()).toEqual(['file-1']);
        await server.stop();
      });
      expect((await failureOf(storage.put('file-1', dying))).message).toMatch(
        /can’t be reached|closed the connection/,
      );
      await server.start();
      await storage.put('file-1', parts(content));
      expect(await server.unfinishedUploads()).toEqual([]);
      expect((await contentOf(storage.read('file-1', 0, SIZE))).equals(content)).toBe(true);
    });

    it.each<[string, (proxy: TcpFaultProxy) => unknown]>([
      ['breaks', (proxy) => proxy.cut()],
      [
        'is given up because the reader is slow',
        (proxy) => expect.poll(() => proxy.connections, { timeout: 10_000 }).toBe(0),
      ],
    ])('continues a read whose connection %s', async (_, disturb) => {
      const server = await S3Server.start();
      const content = randomBytes(SIZE);
      await (await opened(server.settings())).put('file-1', parts(content));
      const proxy = await TcpFaultProxy.open(server.port);
      const storage = await opened(server.settings({ endpoint: proxy.through(server.url) }), IMPATIENT);
      const read: Uint8Array[] = [];
      let received = 0;
      let isDisturbed = false;
      for await (const part of storage.read('file-1', 1000, SIZE)) {
        read.push(part);
        received += part.length;
        if (!isDisturbed && received > MEBIBYTE) {
          isDisturbed = true;
          expect(proxy.connections).toBeGreaterThan(0);
          await disturb(proxy);
        }
      }
      expect(isDisturbed).toBe(true);
      expect(Buffer.concat(read).equals(content.subarray(1000))).toBe(true);
    });

    it('fails a read when the store hangs in the middle of it', async () => {
      const server = await S3Server.start();
      const proxy = await TcpFaultProxy.open(server.port);
      const storage = await opened(server.settings({ endpoint: proxy.through(server.url) }), IMPATIENT);
      await storage.put('file-1', parts(randomBytes(SIZE)));
      const reading = async () => {
        for await (const part of storage.read('file-1', 0, SIZE)) if (part.length > 0) proxy.stall();
      };
      expect((await failureOf(reading())).message).toContain('did not answer in time');
    });

    it('refuses a store that ignores the order to encrypt before it has any content', async () => {
      const server = await S3Server.start();
      for (const encryption of [{ algorithm: 'AES256' }, { algorithm: 'aws:kms', keyId: 'a-key' }] as const) {
        const storage = await opened(server.settings({ encryption }));
        let sent = 0;
        const content = (async function* () {
          for await (const part of parts(randomBytes(SIZE))) {
            sent += part.length;
            yield part;
          }
        })();
        const { message } = await failureOf(storage.put('file-1', content));
        expect(message).toContain(
          `does not encrypt it with ${encryption.algorithm}, as RECORDINGS_S3_SSE demands; it reports no encryption`,
        );
        expect(sent).toBe(0);
        expect(await server.objects()).toEqual([]);
      }
    });

    it('deletes content that a store no longer encrypts', async () => {
      const server = await S3Server.start();
      const store = await encrypting(server);
      const encryption = { algorithm: 'aws:kms', keyId: null } as const;
      const storage = await opened(server.settings({ endpoint: store.url, encryption }));
      await storage.put('file-1', parts(randomBytes(11)));
      store.ignoreOrders();
      const { message } = await failureOf(storage.put('file-2', parts(randomBytes(SIZE))));
      expect(message).toContain('it reports no encryption');
      expect(await server.objects()).toEqual(['file-1']);
      expect(await server.unfinishedUploads()).toEqual([]);
    });

    it('orders the encryption and its key, and accepts a store that reports it', async () => {
      const server = await S3Server.start();
      for (const bytes of [11, SIZE]) {
        const store = await encrypting(server);
        const encryption = { algorithm: 'aws:kms', keyId: 'alias/clinic' } as const;
        const storage = await opened(server.settings({ endpoint: store.url, encryption }));
        const content = randomBytes(bytes);
        await storage.put('file-1', parts(content));
        // The first order was for a single byte.
        expect(store.orders).toEqual(Array(2).fill('aws:kms alias/clinic'));
        expect((await contentOf(storage.read('file-1', 0, bytes))).equals(content)).toBe(true);
        const other = await opened(
          server.settings({ endpoint: store.url, encryption: { algorithm: 'AES256' } }),
        );
        const { message } = await failureOf(other.put('file-2', parts(content)));
        expect(message).toContain(
          'does not encrypt it with AES256, as RECORDINGS_S3_SSE demands; it reports aws:kms',
        );
        expect(await server.objects()).toEqual(['file-1']);
      }
    });

    it.each<[string, Partial<S3Settings>, RegExp]>([
      [
        'a wrong secret',
        { credentials: { accessKeyId: 'test-access', secretAccessKey: 'wrong-secret' } },
        /refused the credentials: .*\(SignatureDoesNotMatch\)/,
      ],
      [
        'unknown credentials',
        { credentials: { accessKeyId: 'unknown-access', secretAccessKey: 'wrong-secret' } },
        /refused the credentials: .*\((InvalidAccessKeyId|XAdminUserNotFound)\)/,
      ],
      ['a missing bucket', { bucket: 'missing' }, /bucket missing has no such bucket/],
      ['an unknown host', { endpoint: 'http://store.invalid' }, /has an unknown host name/],
    ])('names the problem with %s and nothing secret', async (_, changes, expected) => {
      const server = await S3Server.start();
      const storage = await opened(server.settings(changes), IMPATIENT);
      for (const task of [
        () => storage.put('file-1', parts(randomBytes(SIZE))),
        () => contentOf(storage.read('file-1', 0, 5)),
        () => storage.delete('file-1'),
      ]) {
        const error = await failureOf(task());
        expect(error.message).toMatch(expected);
        expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(
          /wrong-secret|-access\b|test-secret/,
        );
      }
    });
  });

  describe('a server', () => {
    const keptIn = (dataDir: string) => readdirSync(join(dataDir, SPOOL), { recursive: true });

    it('stores a recording in the bucket, from which it is read in ranges and deleted', async () => {
      const s3 = await S3Server.start();
      const { visit, api, dataDir, recordingId, contents } = await recorded({
        env: { ...s3.env, RECORDINGS_S3_PREFIX: 'clinic' },
      });
      expect(await s3.objects()).toHaveLength(3);
      expect((await s3.objects()).every((name) => name.startsWith('clinic/'))).toBe(true);
      expect(existsSync(join(dataDir, 'recordings'))).toBe(false);
      expect(keptIn(dataDir)).toEqual([]);
      for (const [fileId, content] of contents) {
        const file = await api.getRecordingFile(visit.sessionId, recordingId, fileId);
        expect(Buffer.from(file).equals(content)).toBe(true);
        const path = `/sessions/${visit.sessionId}/recordings/${recordingId}/files/${fileId}`;
        const headers = { Range: 'bytes=1048570-1048600' };
        const range = await visit.server.call<Uint8Array>('GET', path, undefined, headers);
        expect(range.status).toBe(206);
        expect(Buffer.from(range.body).equals(content.subarray(1_048_570, 1_048_601))).toBe(true);
      }
      await api.deleteRecording(visit.sessionId, recordingId);
      await expect.poll(() => s3.objects()).toEqual([]);
    });

    it('answers a download with an error while the store is down, and logs why', async () => {
      const s3 = await S3Server.start();
      const lines: string[] = [];
      const { visit, recordingId, contents } = await recorded({
        env: s3.env,
        onLog: (line) => lines.push(line),
      });
      const [[fileId, content]] = [...contents] as [[string, Buffer]];
      const path = `/sessions/${visit.sessionId}/recordings/${recordingId}/files/${fileId}`;
      await s3.stop();
      const refused = await visit.server.call('GET', path);
      expect([refused.status, refused.body.code]).toEqual([503, 'recording_unavailable']);
      expect(refused.body.detail).toContain('storage of recordings does not work');
      expect(lines.find((line) => line.includes('failed to read a recording'))).toContain('can’t be reached');
      await s3.start();
      const { body } = await visit.server.call<Uint8Array>('GET', path);
      expect(Buffer.from(body).equals(content)).toBe(true);
    });

    it('keeps files in the spool while the store is down, and stores them when it is back', async () => {
      const s3 = await S3Server.start();
      const clock = new ManualClock(Date.now());
      const lines: string[] = [];
      const { visit, api, dataDir } = await recordableVisit(undefined, {
        clock,
        env: s3.env,
        onLog: (line) => lines.push(line),
      });
      await visit.join('doctor');
      const { recordingId } = await api.startRecording(visit.sessionId);
      await s3.stop();
      leaveFiles(dataDir, visit.sessionId, recordingId, clock.now());
      await api.stopRecording(visit.sessionId, recordingId);
      const spooled = keptIn(dataDir);
      const failures = () => lines.filter((line) => line.includes('failed to store files of a recording'));
      await expect
        .poll(() => {
          clock.advance(11_000);
          return failures().length;
        })
        .toBeGreaterThan(1);
      expect(failures()[0]).toContain('the object store of the bucket recordings can’t be reached');
      expect(failures().join()).not.toContain(s3.env.RECORDINGS_S3_SECRET_ACCESS_KEY);
      expect(keptIn(dataDir)).toEqual(spooled);
      await s3.start();
      const record = async () => (await api.listRecordings(visit.sessionId)).recordings[0];
      await expect
        .poll(async () => {
          clock.advance(11_000);
          return (await record())?.files.length;
        })
        .toBe(3);
      await expect.poll(() => keptIn(dataDir)).toEqual([]);
      expect(await s3.objects()).toHaveLength(3);
    });

    it('keeps files in the spool while its credentials are wrong, and stores them after a start with the right ones', async () => {
      const s3 = await S3Server.start();
      const clock = new ManualClock(Date.now());
      const env = { ...s3.env, DATA_DIR: temporaryFolder() };
      const lines: string[] = [];
      const { visit, api, dataDir } = await recordableVisit(undefined, {
        clock,
        env: { ...env, RECORDINGS_S3_SECRET_ACCESS_KEY: 'wrong-secret' },
        onLog: (line) => lines.push(line),
      });
      await visit.join('doctor');
      const { recordingId } = await api.startRecording(visit.sessionId);
      const contents = leaveFiles(dataDir, visit.sessionId, recordingId, clock.now());
      await api.stopRecording(visit.sessionId, recordingId);
      const failure = () => lines.find((line) => line.includes('failed to store files of a recording'));
      await expect
        .poll(() => {
          clock.advance(11_000);
          return failure();
        })
        .toMatch(/refused the credentials: check RECORDINGS_S3_ACCESS_KEY_ID/);
      expect(lines.join()).not.toMatch(/wrong-secret|test-access/);
      expect(keptIn(dataDir)).toHaveLength(9);
      await visit.server.televisit.close();
      const server = await startServer({ clock, env });
      const [[fileId, content]] = [...contents] as [[string, Buffer]];
      await expect
        .poll(async () => {
          clock.advance(11_000);
          return (await server.api.listRecordings(visit.sessionId)).recordings[0]?.files.length;
        })
        .toBe(3);
      const file = await server.api.getRecordingFile(visit.sessionId, recordingId, fileId);
      expect(Buffer.from(file).equals(content)).toBe(true);
    });
  });
});

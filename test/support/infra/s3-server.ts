import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '@televisit/server/recording/storage/s3-settings';
import { onTestFinished } from 'vitest';
import { accepts, freePort } from './free-port.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** Time limit for the server to listen, in milliseconds. */
const READY_MS = 60_000;
/** Interval of attempts, in milliseconds. */
const POLL_MS = 20;
const BUCKET = 'recordings';
const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'test-access', secretAccessKey: 'test-secret-0123456789' };

/** With it the kernel kills a server whose test process was killed, also a paused one. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));

/** Returns whether the set-up found versitygw; if not, reports which tests are skipped. */
export function s3ServerAvailable(forWhat: string): boolean {
  const found = Boolean(process.env.VERSITYGW_BIN);
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs versitygw, which the set-up builds with Go.`);
  return found;
}

/** A real S3 server with a bucket, whose objects are files of a temporary folder. Its port and data stay when it is stopped. */
export class S3Server {
  readonly #port: number;
  readonly #folder = makeTemporaryFolder();
  readonly #client: S3Client;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(port: number) {
    this.#port = port;
    this.#client = new S3Client({
      region: REGION,
      endpoint: this.url,
      forcePathStyle: true,
      credentials: CREDENTIALS,
    });
    mkdirSync(join(this.#folder, 'objects'));
    process.on('exit', this.#cleanUp);
  }

  /** Resolves when it has the bucket; disposed after the test. */
  static async start(): Promise<S3Server> {
    const server = new S3Server(await freePort());
    onTestFinished(() => server.dispose());
    await server.start();
    await server.#client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The settings of a storage in the bucket. */
  settings(changes: Partial<S3Settings> = {}): S3Settings {
    return {
      bucket: BUCKET,
      endpoint: this.url,
      region: REGION,
      prefix: '',
      credentials: CREDENTIALS,
      encryption: null,
      ...changes,
    };
  }

  /** The variables of a server that keeps its recordings in the bucket. */
  get env(): Record<string, string> {
    return {
      RECORDINGS_S3_BUCKET: BUCKET,
      RECORDINGS_S3_ENDPOINT: this.url,
      RECORDINGS_S3_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      RECORDINGS_S3_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    };
  }

  /** The names of the objects in the bucket. */
  async objects(): Promise<string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map(({ Key }) => Key ?? '').sort();
  }

  /** The names of the objects whose multipart uploads are neither complete nor aborted. */
  async unfinishedUploads(): Promise<string[]> {
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    return Uploads.map(({ Key }) => Key ?? '');
  }

  /** Starts it again with its data and port. Resolves when it listens. */
  async start(): Promise<void> {
    const { VERSITYGW_BIN: program } = process.env;
    if (this.#child || !program)
      throw new Error('The S3 server of this test runs already, or there is none.');
    const address = `127.0.0.1:${this.#port}`;
    const command = [program, '--port', address, '--keep-alive', 'posix', join(this.#folder, 'objects')];
    const [file = '', ...args] = SETPRIV ? [SETPRIV, '--pdeathsig', 'KILL', ...command] : command;
    const child = spawn(file, args, {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ROOT_ACCESS_KEY: CREDENTIALS.accessKeyId,
        ROOT_SECRET_KEY: CREDENTIALS.secretAccessKey,
      },
    });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-4000)));
    }
    child.once('error', (error) => (this.#output += error.message));
    child.once('close', () => (this.#child = undefined));
    const deadline = Date.now() + READY_MS;
    while (!(await accepts(this.#port))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`The S3 server of this test does not listen:\n${this.#output}`);
      await pause(POLL_MS);
    }
  }

  /** Kills it; data and port stay. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async dispose(): Promise<void> {
    this.#client.destroy();
    await this.stop();
    process.off('exit', this.#cleanUp);
    removeFolder(this.#folder);
  }

  readonly #cleanUp = (): void => {
    this.#child?.kill('SIGKILL');
    removeFolder(this.#folder);
  };
}

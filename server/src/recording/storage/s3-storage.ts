import { Readable } from 'node:stream';
import type * as Client from '@aws-sdk/client-s3';
import type * as Storage from '@aws-sdk/lib-storage';
import type { RecordingStorage } from './recording-storage.ts';
import { S3Error, s3Error } from './s3-error.ts';
import type { S3Settings } from './s3-settings.ts';

/** The limits of a request to the store, in milliseconds, and the number of its attempts. */
export interface S3Limits {
  readonly connectMs: number;
  /** How long nothing may be sent or received. */
  readonly idleMs: number;
  /** How long the store may take to answer: also that of sending a part over a slow line. */
  readonly answerMs: number;
  readonly attempts: number;
}

const LIMITS: S3Limits = { connectMs: 5_000, idleMs: 30_000, answerMs: 300_000, attempts: 3 };
/** Objects have at most 10,000 parts: 80 GB. */
const PART_BYTES = 8 << 20;
/** Parts of one object that are sent at the same time. Each one more takes as much memory as a part. */
const PARTS_AT_ONCE = 2;
/** How often a read continues after its connection broke, before more has arrived. */
const READ_ATTEMPTS = 3;

type Sdk = typeof Client & Pick<typeof Storage, 'Upload'>;
/** Where an object is. */
interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** Keeps content as objects of a bucket of S3, or of a store with its API. */
export class S3Storage implements RecordingStorage {
  readonly #settings: S3Settings;
  readonly #sdk: Sdk;
  readonly #client: Client.S3Client;
  /** The names whose upload runs or has failed, of which the store may keep parts. */
  readonly #unfinished = new Set<string>();
  /** Whether the store has encrypted as ordered; until then a single byte is stored before any content. */
  #encrypts = false;

  private constructor(settings: S3Settings, limits: S3Limits, sdk: Sdk) {
    const { endpoint, region, credentials } = settings;
    this.#settings = settings;
    this.#sdk = sdk;
    this.#client = new sdk.S3Client({
      region,
      ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
      ...(credentials && { credentials }),
      maxAttempts: limits.attempts,
      retryMode: 'standard',
      requestHandler: {
        connectionTimeout: limits.connectMs,
        socketTimeout: limits.idleMs,
        requestTimeout: limits.answerMs,
        throwOnRequestTimeout: true,
      },
      // Stores that are not Amazon's may not know the newer checksums; changed content does not decrypt anyway.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  /** Loads the SDK, so that servers without an object store do not. Connects to nothing yet. */
  static async open(settings: S3Settings, limits: Partial<S3Limits> = {}): Promise<S3Storage> {
    const [client, { Upload }] = await Promise.all([
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/lib-storage'),
    ]);
    return new S3Storage(settings, { ...LIMITS, ...limits }, { ...client, Upload });
  }

  async put(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const place = this.#place(name);
    let sourceError: { readonly error: unknown } | undefined;
    const source = async function* () {
      try {
        yield* content;
      } catch (error) {
        // A failed upload gives its source up by an error, too.
        if (!body.destroyed) sourceError = { error };
        throw error;
      }
    };
    const body = Readable.from(source(), { objectMode: false });
    // The upload reports it; without a listener it would end the process.
    body.on('error', () => undefined);
    try {
      await this.#tryEncryption(name);
      if (this.#unfinished.has(name)) await this.#abortUploads(place);
      this.#unfinished.add(name);
      await this.#upload(place, body);
      this.#unfinished.delete(name);
    } catch (error) {
      if (sourceError) throw sourceError.error;
      throw this.#error(error, 'store a file of a recording');
    } finally {
      body.destroy();
    }
    await this.#checkEncryption(place);
  }

  async *read(name: string, from: number, to: number): AsyncGenerator<Uint8Array, void, void> {
    const place = this.#place(name);
    let next = from;
    let failures = 0;
    while (next < to) {
      const body = await this.#open(place, next, to);
      try {
        for await (const part of body) {
          next += part.length;
          failures = 0;
          yield part;
        }
        return;
      } catch (error) {
        // Not only the store fails: if a client reads slowly, the connection is idle for too long.
        if (++failures >= READ_ATTEMPTS) throw this.#error(error, 'read a file of a recording');
      }
    }
  }

  async delete(name: string): Promise<void> {
    await this.#delete(this.#place(name));
  }

  /** Closes the connections. */
  close(): void {
    this.#client.destroy();
  }

  async #upload(place: Place, body: Readable): Promise<void> {
    const { encryption } = this.#settings;
    const keyId = encryption?.algorithm === 'aws:kms' ? encryption.keyId : null;
    const upload = new this.#sdk.Upload({
      client: this.#client,
      params: {
        ...place,
        Body: body,
        ContentType: 'application/octet-stream',
        ...(encryption && { ServerSideEncryption: encryption.algorithm }),
        ...(keyId !== null && { SSEKMSKeyId: keyId }),
      },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    await upload.done();
  }

  /**
   * Removes the parts of an upload that a broken connection left: they are invisible and cost as much as objects. If that fails
   * or this process ended meanwhile, a rule of the bucket does it.
   */
  async #abortUploads({ Bucket, Key }: Place): Promise<void> {
    const { ListMultipartUploadsCommand, AbortMultipartUploadCommand } = this.#sdk;
    try {
      const list = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
      const { Uploads = [] } = await this.#client.send(list);
      for (const { UploadId } of Uploads.filter((one) => one.Key === Key)) {
        await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      }
    } catch {
      // The upload that follows shows whether the store works.
    }
  }

  /**
   * Some stores accept an order to encrypt and ignore it. Without this, a store that does would get the whole content again with
   * each attempt.
   */
  async #tryEncryption(name: string): Promise<void> {
    if (!this.#settings.encryption || this.#encrypts) return;
    const place = this.#place(`${name}-encryption-test`);
    await this.#upload(place, Readable.from([Buffer.alloc(1)], { objectMode: false }));
    await this.#checkEncryption(place);
    await this.#delete(place);
    this.#encrypts = true;
  }

  /** @throws {S3Error} after deleting what is not encrypted as ordered */
  async #checkEncryption(place: Place): Promise<void> {
    const { encryption, bucket } = this.#settings;
    if (!encryption) return;
    let found: string | undefined;
    try {
      const head = await this.#client.send(new this.#sdk.HeadObjectCommand(place));
      found = head.ServerSideEncryption;
    } catch (error) {
      throw this.#error(error, 'check the encryption of a file of a recording');
    }
    if (found === encryption.algorithm) return;
    this.#encrypts = false;
    await this.#delete(place);
    throw new S3Error(
      `Could not store a file of a recording: the object store of the bucket ${bucket} does not encrypt it with ` +
        `${encryption.algorithm}, as RECORDINGS_S3_SSE demands; it reports ${found ?? 'no encryption'}.`,
      'NotEncrypted',
    );
  }

  async #open(place: Place, from: number, to: number): Promise<AsyncIterable<Uint8Array>> {
    try {
      const range = `bytes=${from}-${to - 1}`;
      const { Body } = await this.#client.send(new this.#sdk.GetObjectCommand({ ...place, Range: range }));
      return Body as Readable;
    } catch (error) {
      throw this.#error(error, 'read a file of a recording');
    }
  }

  async #delete(place: Place): Promise<void> {
    try {
      await this.#client.send(new this.#sdk.DeleteObjectCommand(place));
    } catch (error) {
      // Amazon's store does not mind a missing object, others do.
      if ((error as Error).name === 'NoSuchKey') return;
      throw this.#error(error, 'delete a file of a recording');
    }
  }

  #place(name: string): Place {
    if (!/^[\w-]+$/.test(name))
      throw new Error(`${JSON.stringify(name)} is no name of a recording's content.`);
    return { Bucket: this.#settings.bucket, Key: `${this.#settings.prefix}${name}` };
  }

  #error(error: unknown, task: string): Error {
    return s3Error(error, task, this.#settings.bucket);
  }
}

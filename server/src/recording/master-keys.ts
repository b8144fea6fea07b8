import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** The key of one file, encrypted by a master key: AES-256-GCM, as nonce, ciphertext and tag in base64url. */
export interface WrappedKey {
  /** Identifies the master key without revealing it. */
  readonly keyId: string;
  readonly wrapped: string;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

interface MasterKey {
  readonly keyId: string;
  readonly key: Buffer;
}

/**
 * Encrypts the keys of files (envelope encryption). Every file has a key of its own, so that deleting that key erases the
 * file wherever copies of it are.
 */
export class MasterKeys {
  readonly #keys: readonly MasterKey[];

  /** @param secrets the first one encrypts, all of them decrypt */
  constructor(secrets: readonly [string, ...string[]]) {
    this.#keys = secrets.map((secret) => ({
      keyId: createHash('sha256').update(`televisit:recording-key:${secret}`).digest('hex').slice(0, 12),
      key: Buffer.from(hkdfSync('sha256', secret, '', 'televisit:recording', KEY_BYTES)),
    }));
  }

  /** The id of the master key that encrypts. */
  get currentId(): string {
    return this.#current.keyId;
  }

  /** Makes the key of a new file. */
  create(fileId: string): { readonly key: Buffer; readonly wrapped: WrappedKey } {
    const key = randomBytes(KEY_BYTES);
    return { key, wrapped: this.#wrap(fileId, key) };
  }

  /** Returns the key of a file. @throws {Error} if its master key is not known, or the wrapped key was tampered with */
  unwrap(fileId: string, { keyId, wrapped }: WrappedKey): Buffer {
    const master = this.#keys.find((one) => one.keyId === keyId);
    if (!master)
      throw new Error(`The recording key ${keyId} is neither RECORDING_KEY nor RECORDING_KEY_PREVIOUS.`);
    const sealed = Buffer.from(wrapped, 'base64url');
    const decipher = createDecipheriv(ALGORITHM, master.key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(fileId)).setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  }

  /** Encrypts the key of a file with the current master key. @throws {Error} as `unwrap` */
  rewrap(fileId: string, wrapped: WrappedKey): WrappedKey {
    return this.#wrap(fileId, this.unwrap(fileId, wrapped));
  }

  get #current(): MasterKey {
    return this.#keys[0] as MasterKey;
  }

  #wrap(fileId: string, key: Buffer): WrappedKey {
    const { keyId, key: master } = this.#current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, master, nonce).setAAD(Buffer.from(fileId));
    const sealed = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    return { keyId, wrapped: sealed.toString('base64url') };
  }
}

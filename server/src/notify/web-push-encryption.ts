import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

/** The keys of a browser's subscription, in base64url. */
export interface BrowserKeys {
  readonly p256dh: string;
  readonly auth: string;
}

/** What makes each message different; given in tests only. */
export interface Randomness {
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** A private key of P-256: 32 bytes. */
  readonly privateKey: Uint8Array;
}

const CURVE = 'prime256v1';
/** One record holds a whole message (RFC 8291, 4). */
const RECORD_BYTES = 4096;
const TAG_BYTES = 16;
/** The header of the only record: salt, record size, and the length and value of a P-256 public key (RFC 8188, 2.1). */
const HEADER_BYTES = 16 + 4 + 1 + 65;
/** Marks the end of the last record's content (RFC 8188, 2). */
const LAST_RECORD = 2;

/** The longest content of a message, in bytes: push services take 4096 with the header (RFC 8030, 7.2). */
export const MAX_CONTENT_BYTES = RECORD_BYTES - HEADER_BYTES - TAG_BYTES - 1;

/**
 * Encrypts a push message for one browser (RFC 8291) with the content coding aes128gcm (RFC 8188).
 * @throws {Error} if the key of the browser is not a point of P-256, or the content is too long
 */
export function encryptForBrowser(
  content: Uint8Array,
  keys: BrowserKeys,
  { salt, privateKey }: Partial<Randomness> = {},
): Buffer {
  if (content.length > MAX_CONTENT_BYTES) throw new Error('The content of a push message is too long.');
  const browser = Buffer.from(keys.p256dh, 'base64url');
  const server = createECDH(CURVE);
  if (privateKey) server.setPrivateKey(privateKey);
  else server.generateKeys();
  const ownKey = server.getPublicKey();
  const shared = server.computeSecret(browser);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser, ownKey]);
  const secret = derive(shared, Buffer.from(keys.auth, 'base64url'), info, 32);

  const own = salt ?? randomBytes(16);
  const key = derive(secret, own, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(secret, own, Buffer.from('Content-Encoding: nonce\0'), 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_BYTES);
  return Buffer.concat([
    own,
    size,
    Buffer.of(ownKey.length),
    ownKey,
    cipher.update(content),
    cipher.update(Buffer.of(LAST_RECORD)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Whether a browser's keys can be used: a point of P-256, and 16 bytes. */
export function areBrowserKeys({ p256dh, auth }: BrowserKeys): boolean {
  try {
    const own = createECDH(CURVE);
    own.generateKeys();
    own.computeSecret(Buffer.from(p256dh, 'base64url'));
    return Buffer.from(auth, 'base64url').length === 16;
  } catch {
    return false;
  }
}

function derive(key: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, bytes));
}

import { createHmac, randomInt } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** What a token allows. Times are seconds since the Unix epoch. */
export interface AgoraGrant {
  readonly appId: string;
  readonly certificate: string;
  readonly channel: string;
  /** The person: a string user account. */
  readonly account: string;
  /** Whether the person may send sound, pictures and data. Agora enforces it with co-host authentication only. */
  readonly canPublish: boolean;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const VERSION = '007';
const RTC_SERVICE = 1;
const JOIN = 1;
/** Audio, video and data. */
const PUBLISH = [2, 3, 4];
const MAX_SALT = 99_999_999;

/** Returns a token in the format AccessToken2 of Agora ("007"): little-endian fields, signed and deflated. */
export function agoraToken(grant: AgoraGrant, salt = randomInt(1, MAX_SALT)): string {
  const { appId, certificate, issuedAt, expiresAt } = grant;
  const info = Buffer.concat([
    text(appId),
    uint32(issuedAt),
    uint32(expiresAt - issuedAt),
    uint32(salt),
    uint16(1),
    rtcService(grant),
  ]);
  const key = hmac(uint32(salt), hmac(uint32(issuedAt), certificate));
  return VERSION + deflateSync(Buffer.concat([text(hmac(key, info)), info])).toString('base64');
}

function rtcService({ channel, account, canPublish, issuedAt, expiresAt }: AgoraGrant): Buffer {
  const privileges = [JOIN, ...(canPublish ? PUBLISH : [])];
  return Buffer.concat([
    uint16(RTC_SERVICE),
    uint16(privileges.length),
    ...privileges.flatMap((privilege) => [uint16(privilege), uint32(expiresAt - issuedAt)]),
    text(channel),
    text(account),
  ]);
}

function hmac(key: Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([uint16(bytes.length), bytes]);
}

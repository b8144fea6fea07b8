import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BINDING_REQUEST = 0x0001;
const COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const ATTRIBUTES = {
  username: 0x0006,
  integrity: 0x0008,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  controlling: 0x802a,
} as const;
const FINGERPRINT_XOR = 0x5354554e;

/** Returns a connectivity check of ICE (RFC 8445, 7.1) that nominates its path. */
export function connectivityCheck(username: string, password: string): Buffer {
  const attributes = Buffer.concat([
    attribute(ATTRIBUTES.username, Buffer.from(username)),
    attribute(ATTRIBUTES.priority, Buffer.from([0x6e, 0, 0x1e, 0xff])),
    attribute(ATTRIBUTES.controlling, randomBytes(8)),
    attribute(ATTRIBUTES.useCandidate, Buffer.alloc(0)),
  ]);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(BINDING_REQUEST, 0);
  header.writeUInt32BE(COOKIE, 4);
  const unsigned = Buffer.concat([header, randomBytes(12), attributes]);
  const integrity = createHmac('sha1', password).update(withLength(unsigned, 24)).digest();
  const signed = Buffer.concat([unsigned, attribute(ATTRIBUTES.integrity, integrity)]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((crc32(withLength(signed, 8)) ^ FINGERPRINT_XOR) >>> 0);
  return withLength(Buffer.concat([signed, attribute(ATTRIBUTES.fingerprint, checksum)]), 0);
}

/** Returns the message with the length that it has with this many further bytes (RFC 8489, 14.5). */
function withLength(message: Buffer, further: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(message.length - HEADER_BYTES + further, 2);
  return copy;
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

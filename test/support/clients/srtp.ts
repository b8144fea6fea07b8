import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The suite that browsers and mediasoup agree on first. */
export const SRTP_SUITE = 'AEAD_AES_256_GCM';

const KEY_BYTES = 32;
const SALT_BYTES = 12;
const TAG_BYTES = 16;
/** Of an RTP packet without CSRCs and extensions (RFC 3550, 5.1). */
export const RTP_HEADER_BYTES = 12;
const EXTENDED = 0x10;

/** One direction of SRTP with AES-256-GCM (RFC 7714), for packets of senders and receivers without a browser. */
export class Srtp {
  readonly #key: Buffer;
  readonly #salt: Buffer;
  /** Rollovers of a stream's sequence numbers, and the last number, by SSRC. */
  readonly #rollovers = new Map<number, { count: number; last: number }>();

  /** @param master key and salt, as mediasoup's `keyBase64` */
  constructor(master: Buffer) {
    const key = master.subarray(0, KEY_BYTES);
    const salt = master.subarray(KEY_BYTES, KEY_BYTES + SALT_BYTES);
    this.#key = derive(key, salt, 0x00, KEY_BYTES);
    this.#salt = derive(key, salt, 0x02, SALT_BYTES);
  }

  /** Returns the packet with its payload encrypted. Packets of a stream come in order. */
  protect(packet: Buffer): Buffer {
    const header = headerOf(packet);
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#ivOf(header));
    cipher.setAAD(header);
    const body = cipher.update(packet.subarray(header.length));
    cipher.final();
    return Buffer.concat([header, body, cipher.getAuthTag()]);
  }

  /** Returns the payload. @throws {Error} if the packet is not authentic */
  unprotect(packet: Buffer): Buffer {
    const header = headerOf(packet);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#ivOf(header));
    decipher.setAAD(header);
    decipher.setAuthTag(packet.subarray(-TAG_BYTES));
    const body = decipher.update(packet.subarray(header.length, -TAG_BYTES));
    decipher.final();
    return body;
  }

  /** RFC 7714, 8.1. */
  #ivOf(header: Buffer): Buffer {
    const sequence = header.readUInt16BE(2);
    const ssrc = header.readUInt32BE(8);
    const rollover = this.#rollovers.get(ssrc) ?? { count: 0, last: sequence };
    if (sequence < rollover.last - 0x8000) rollover.count += 1;
    rollover.last = sequence;
    this.#rollovers.set(ssrc, rollover);
    const iv = Buffer.alloc(SALT_BYTES);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt32BE(rollover.count, 6);
    iv.writeUInt16BE(sequence, 10);
    return xor(iv, this.#salt);
  }
}

/** Includes extensions, which are not encrypted; there are no CSRCs here. */
function headerOf(packet: Buffer): Buffer {
  const extended = ((packet[0] ?? 0) & EXTENDED) !== 0;
  const words = extended ? packet.readUInt16BE(RTP_HEADER_BYTES + 2) + 1 : 0;
  return packet.subarray(0, RTP_HEADER_BYTES + words * 4);
}

/** RFC 3711, 4.3, with the cipher of RFC 6188. */
function derive(key: Buffer, salt: Buffer, label: number, bytes: number): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  iv[7] = (iv[7] ?? 0) ^ label;
  return createCipheriv('aes-256-ctr', key, iv).update(Buffer.alloc(bytes));
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

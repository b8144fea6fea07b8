const VERSION = 2;
const HEADER_SIZE = 12;

/** An RTP packet (RFC 3550, 5.1) without its header extensions. */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  /** 16 bits, which wrap around. */
  readonly sequence: number;
  /** 32 bits of the codec's clock, which wrap around. */
  readonly timestamp: number;
  readonly ssrc: number;
  /** A view of the datagram, without padding. */
  readonly payload: Buffer;
}

/** Returns the packet in a datagram; null if it holds none. */
export function parseRtp(data: Buffer): RtpPacket | null {
  if (data.length < HEADER_SIZE) return null;
  const first = data.readUInt8(0);
  if (first >> 6 !== VERSION) return null;
  let start = HEADER_SIZE + (first & 0x0f) * 4;
  const isExtended = (first & 0x10) !== 0;
  if (isExtended) {
    if (data.length < start + 4) return null;
    start += 4 + data.readUInt16BE(start + 2) * 4;
  }
  const isPadded = (first & 0x20) !== 0;
  const padding = isPadded ? data.readUInt8(data.length - 1) : 0;
  const end = data.length - padding;
  if (end < start || (isPadded && padding === 0)) return null;
  const second = data.readUInt8(1);
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequence: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    ssrc: data.readUInt32BE(8),
    payload: data.subarray(start, end),
  };
}

/** Returns whether a datagram on a port that RTP shares with RTCP is RTCP (RFC 5761, 4). */
export function isRtcp(data: Buffer): boolean {
  if (data.length < 8) return false;
  const type = data.readUInt8(1);
  return data.readUInt8(0) >> 6 === VERSION && type >= 192 && type <= 223;
}

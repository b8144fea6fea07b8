import { BitReader } from './bit-reader.ts';
import type { PayloadFormat, Unit } from './video.ts';

const SYNC_CODE = 0x498342;

/** VP9 in RTP (RFC 9628). Of several spatial layers it takes the lowest one, which needs no other. */
export class Vp9Format implements PayloadFormat {
  #pieces: Buffer[] = [];

  add(payload: Buffer): boolean {
    const descriptor = parseDescriptor(payload);
    if (!descriptor || descriptor.size >= payload.length) return false;
    if (descriptor.spatialLayer > 0) return this.#pieces.length > 0;
    if (this.#pieces.length === 0 && !descriptor.isStart) return false;
    this.#pieces.push(payload.subarray(descriptor.size));
    return true;
  }

  take(): Unit | null {
    const data = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const header = parseHeader(data);
    if (!header) return null;
    return header.picture ? { data, isKey: true, picture: header.picture } : { data, isKey: false };
  }

  reset(): void {
    this.#pieces = [];
  }
}

interface Descriptor {
  readonly size: number;
  readonly isStart: boolean;
  readonly spatialLayer: number;
}

/** Parses the payload descriptor (RFC 9628, 4.2); null if it is cut off. */
function parseDescriptor(payload: Buffer): Descriptor | null {
  const first = payload[0];
  if (first === undefined) return null;
  const has = (bit: number) => (first & bit) !== 0;
  const isFlexible = has(0x10);
  let size = 1;
  let spatialLayer = 0;
  if (has(0x80)) size += ((payload[size] ?? 0) & 0x80) === 0 ? 1 : 2;
  if (has(0x20)) {
    spatialLayer = ((payload[size] ?? 0) >> 1) & 7;
    size += isFlexible ? 1 : 2;
  }
  if (isFlexible && has(0x40)) {
    for (let index = 0; index < 3; index++) {
      const reference = payload[size] ?? 0;
      size += 1;
      if ((reference & 1) === 0) break;
    }
  }
  if (has(0x02)) size += structureSize(payload, size);
  return size > payload.length ? null : { size, isStart: has(0x08), spatialLayer };
}

/** Returns the size of the scalability structure (RFC 9628, 4.2.1). */
function structureSize(payload: Buffer, start: number): number {
  const first = payload[start] ?? 0;
  let size = 1;
  if ((first & 0x10) !== 0) size += ((first >> 5) + 1) * 4;
  if ((first & 0x08) !== 0) {
    const pictures = payload[start + size] ?? 0;
    size += 1;
    for (let index = 0; index < pictures; index++) size += 1 + (((payload[start + size] ?? 0) >> 2) & 3);
  }
  return size;
}

/**
 * Parses the uncompressed header of a frame (VP9 bitstream specification, 6.2); null if it is malformed. Not every sender says in
 * the descriptor whether a frame depends on others.
 */
function parseHeader(data: Buffer): { picture?: { width: number; height: number } } | null {
  const reader = new BitReader(data);
  if (data.length === 0 || reader.bits(2) !== 2) return null;
  const profile = reader.bits(1) + reader.bits(1) * 2;
  if (profile === 3) reader.bits(1);
  const [showsExisting, isInter] = [reader.flag(), reader.flag()];
  if (showsExisting || isInter) return {};
  reader.bits(2);
  if (reader.bits(24) !== SYNC_CODE) return null;
  if (profile >= 2) reader.bits(1);
  const isRgb = reader.bits(3) === 7;
  if (!isRgb) reader.bits(1);
  if (profile === 1 || profile === 3) reader.bits(isRgb ? 1 : 3);
  const picture = { width: reader.bits(16) + 1, height: reader.bits(16) + 1 };
  return reader.overrun ? null : { picture };
}

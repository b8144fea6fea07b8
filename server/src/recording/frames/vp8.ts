import type { PayloadFormat, Unit } from './video.ts';

const START_CODE = 0x9d012a;
const KEY_FRAME_HEADER_SIZE = 10;

/** VP8 in RTP (RFC 7741). */
export class Vp8Format implements PayloadFormat {
  #pieces: Buffer[] = [];

  add(payload: Buffer): boolean {
    const size = descriptorSize(payload);
    if (size === null || size >= payload.length) return false;
    const isStart = ((payload[0] ?? 0) & 0x17) === 0x10;
    if (this.#pieces.length === 0 && !isStart) return false;
    this.#pieces.push(payload.subarray(size));
    return true;
  }

  take(): Unit | null {
    const data = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const isKey = ((data[0] ?? 1) & 1) === 0;
    if (!isKey) return { data, isKey };
    // RFC 6386, 9.1
    if (data.length < KEY_FRAME_HEADER_SIZE || data.readUIntBE(3, 3) !== START_CODE) return null;
    const picture = { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
    return picture.width > 0 && picture.height > 0 ? { data, isKey, picture } : null;
  }

  reset(): void {
    this.#pieces = [];
  }
}

/** Returns the size of the payload descriptor (RFC 7741, 4.2); null if it is cut off. */
function descriptorSize(payload: Buffer): number | null {
  const [first, extension] = payload;
  if (first === undefined) return null;
  if ((first & 0x80) === 0) return 1;
  if (extension === undefined) return null;
  let size = 2;
  if ((extension & 0x80) !== 0) {
    const pictureId = payload[size];
    if (pictureId === undefined) return null;
    size += (pictureId & 0x80) === 0 ? 1 : 2;
  }
  if ((extension & 0x40) !== 0) size += 1;
  if ((extension & 0x30) !== 0) size += 1;
  return size;
}

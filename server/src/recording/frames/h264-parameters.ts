import { BitReader } from './bit-reader.ts';

/** Profiles whose parameters have the format of the colors (ITU-T H.264, 7.3.2.1.1). */
const PROFILES_WITH_CHROMA = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
const MAX_SIZE = 16_384;

/** Returns the size of the pictures from a sequence parameter set (ITU-T H.264, 7.3.2.1.1); null if it is malformed. */
export function readParameters(unit: Buffer): { width: number; height: number } | null {
  const reader = new BitReader(withoutEmulation(unit.subarray(1)));
  const profile = reader.bits(8);
  reader.bits(16);
  reader.unsigned();
  const chroma = PROFILES_WITH_CHROMA.includes(profile)
    ? readChroma(reader)
    : { format: 1, isSeparate: false };
  reader.unsigned();
  skipOrderCount(reader);
  reader.unsigned();
  reader.flag();
  const widthInBlocks = reader.unsigned() + 1;
  const heightInUnits = reader.unsigned() + 1;
  const hasFramesOnly = reader.flag();
  if (!hasFramesOnly) reader.flag();
  reader.flag();
  const crop = reader.flag()
    ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()]
    : [];
  if (reader.overrun) return null;
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const isSampled = chroma.format !== 0 && !chroma.isSeparate;
  const fields = hasFramesOnly ? 1 : 2;
  const unitX = isSampled && chroma.format < 3 ? 2 : 1;
  const unitY = (isSampled && chroma.format === 1 ? 2 : 1) * fields;
  const width = widthInBlocks * 16 - (left + right) * unitX;
  const height = heightInUnits * 16 * fields - (top + bottom) * unitY;
  return isSize(width) && isSize(height) ? { width, height } : null;
}

const isSize = (size: number) => size > 0 && size <= MAX_SIZE;

function readChroma(reader: BitReader): { format: number; isSeparate: boolean } {
  const format = reader.unsigned();
  const isSeparate = format === 3 && reader.flag();
  reader.unsigned();
  reader.unsigned();
  reader.flag();
  if (reader.flag()) {
    for (let list = 0; list < (format === 3 ? 12 : 8); list++) {
      if (reader.flag()) skipScaling(reader, list < 6 ? 16 : 64);
    }
  }
  return { format, isSeparate };
}

function skipScaling(reader: BitReader, size: number): void {
  let [last, next] = [8, 8];
  for (let index = 0; index < size; index++) {
    if (next !== 0) next = (last + reader.signed() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipOrderCount(reader: BitReader): void {
  const type = reader.unsigned();
  if (type === 0) reader.unsigned();
  if (type !== 1) return;
  reader.flag();
  reader.signed();
  reader.signed();
  const cycle = Math.min(reader.unsigned(), 255);
  for (let index = 0; index < cycle; index++) reader.signed();
}

/** Removes the bytes that keep start codes out of a NAL unit (ITU-T H.264, 7.4.1.1). */
function withoutEmulation(data: Buffer): Uint8Array {
  const bytes: number[] = [];
  let zeros = 0;
  for (const byte of data) {
    const isInserted = zeros >= 2 && byte === 3;
    zeros = byte === 0 ? zeros + 1 : 0;
    if (!isInserted) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

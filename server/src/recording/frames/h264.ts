import { readParameters } from './h264-parameters.ts';
import type { PayloadFormat, Unit } from './video.ts';

const IDR = 5;
const SEQUENCE_PARAMETERS = 7;
const PICTURE_PARAMETERS = 8;
const DELIMITER = 9;
const FILLER = 12;
const STAP_A = 24;
const FU_A = 28;

/**
 * H.264 in RTP with single, aggregated and fragmented NAL units (RFC 6184, 5.6, 5.7.1, 5.8). The frames have lengths instead of
 * start codes. Key frames keep their parameter sets, so that a decoder follows when those change.
 */
export class H264Format implements PayloadFormat {
  #units: Buffer[] = [];
  #fragments: Buffer[] = [];
  #sequenceParameters: Buffer | null = null;
  #pictureParameters: Buffer | null = null;

  add(payload: Buffer): boolean {
    const type = (payload[0] ?? 0) & 0x1f;
    if (type === FU_A) return this.#addFragment(payload);
    // A fragmented unit without its end.
    if (this.#fragments.length > 0) return false;
    if (type === STAP_A) return this.#addAggregate(payload);
    if (type === 0 || type > STAP_A) return false;
    this.#units.push(payload);
    return true;
  }

  take(): Unit | null {
    const units = this.#units.filter((unit) => ![DELIMITER, FILLER].includes(typeOf(unit)));
    const isCut = this.#fragments.length > 0;
    this.reset();
    if (isCut) return null;
    this.#sequenceParameters = lastOf(units, SEQUENCE_PARAMETERS) ?? this.#sequenceParameters;
    this.#pictureParameters = lastOf(units, PICTURE_PARAMETERS) ?? this.#pictureParameters;
    const isKey = units.some((unit) => typeOf(unit) === IDR);
    if (!isKey) return { data: withLengths(units), isKey };
    const [sequence, picture] = [this.#sequenceParameters, this.#pictureParameters];
    const size = sequence && readParameters(sequence);
    if (!size || !picture) return null;
    const ofFrame = units.filter((unit) => ![SEQUENCE_PARAMETERS, PICTURE_PARAMETERS].includes(typeOf(unit)));
    return {
      data: withLengths([sequence, picture, ...ofFrame]),
      isKey,
      picture: { ...size, description: decoderConfiguration(sequence, picture) },
    };
  }

  reset(): void {
    this.#units = [];
    this.#fragments = [];
  }

  #addAggregate(payload: Buffer): boolean {
    for (let start = 1; start < payload.length;) {
      if (start + 2 > payload.length) return false;
      const size = payload.readUInt16BE(start);
      start += 2;
      if (size === 0 || start + size > payload.length) return false;
      this.#units.push(payload.subarray(start, start + size));
      start += size;
    }
    return true;
  }

  #addFragment(payload: Buffer): boolean {
    const [indicator, header] = payload;
    if (indicator === undefined || header === undefined || payload.length < 3) return false;
    const isStart = (header & 0x80) !== 0;
    if (isStart !== (this.#fragments.length === 0)) return false;
    if (isStart) this.#fragments.push(Buffer.from([(indicator & 0xe0) | (header & 0x1f)]));
    this.#fragments.push(payload.subarray(2));
    if ((header & 0x40) !== 0) {
      this.#units.push(Buffer.concat(this.#fragments));
      this.#fragments = [];
    }
    return true;
  }
}

const typeOf = (unit: Buffer) => (unit[0] ?? 0) & 0x1f;
const lastOf = (units: readonly Buffer[], type: number) => units.findLast((unit) => typeOf(unit) === type);

function withLengths(units: readonly Buffer[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(unit.length);
      return [length, unit];
    }),
  );
}

/** Returns an AVCDecoderConfigurationRecord with lengths of four bytes (ISO/IEC 14496-15, 5.3.3.1). */
function decoderConfiguration(sequence: Buffer, picture: Buffer): Buffer {
  const length = (unit: Buffer) => [unit.length >> 8, unit.length & 0xff];
  return Buffer.from([
    1,
    ...sequence.subarray(1, 4),
    0xff,
    0xe1,
    ...length(sequence),
    ...sequence,
    1,
    ...length(picture),
    ...picture,
  ]);
}

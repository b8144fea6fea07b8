import { open, type FileHandle } from 'node:fs/promises';
import { SpeechError } from './speech-error.ts';

const SAMPLE_RATE = 16_000;
const BYTES_PER_SAMPLE = 2;
const HEADER_SIZE = 44;
/** The header is searched for the samples so far. */
const LONGEST_HEADER = 4096;

/** A WAV file with 16,000 samples per second, one channel, 16 bits. */
export class WavFile {
  /** The number of samples. */
  readonly length: number;
  readonly #file: FileHandle;
  readonly #start: number;

  private constructor(file: FileHandle, start: number, length: number) {
    this.#file = file;
    this.#start = start;
    this.length = length;
  }

  /** @throws {SpeechError} `unsupported` if it is no such file */
  static async open(path: string): Promise<WavFile> {
    const file = await open(path).catch((error: unknown) => {
      throw new SpeechError('unsupported', `${path} can’t be read`, { cause: error });
    });
    try {
      const { size } = await file.stat();
      const header = Buffer.alloc(Math.min(LONGEST_HEADER, size));
      await file.read(header, 0, header.length, 0);
      const data = findSamples(header);
      if (!data) {
        throw new SpeechError('unsupported', `${path} is no WAV file with 16 kHz, one channel and 16 bits`);
      }
      // A writer that could not go back leaves a size that is too large.
      const bytes = Math.min(data.size, size - data.start);
      return new WavFile(file, data.start, Math.floor(bytes / BYTES_PER_SAMPLE));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Returns the samples from one position to another. */
  async read(from: number, to: number): Promise<Int16Array> {
    const data = Buffer.alloc((Math.min(to, this.length) - from) * BYTES_PER_SAMPLE);
    await this.#file.read(data, 0, data.length, this.#start + from * BYTES_PER_SAMPLE);
    return Int16Array.from({ length: data.length / BYTES_PER_SAMPLE }, (_, index) =>
      data.readInt16LE(index * BYTES_PER_SAMPLE),
    );
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Returns samples as a WAV file. */
export function wavOf(samples: Int16Array): Buffer<ArrayBuffer> {
  const size = samples.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(HEADER_SIZE + size);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(HEADER_SIZE - 8 + size, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SAMPLE_RATE, 24);
  file.writeUInt32LE(SAMPLE_RATE * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(size, 40);
  for (const [index, sample] of samples.entries()) file.writeInt16LE(sample, HEADER_SIZE + index * 2);
  return file;
}

/** Walks through the chunks of a WAV file. Returns null if its format is another one. */
function findSamples(header: Buffer): { readonly start: number; readonly size: number } | null {
  const name = (position: number) => header.toString('latin1', position, position + 4);
  if (header.length < HEADER_SIZE || name(0) !== 'RIFF' || name(8) !== 'WAVE') return null;
  let isRight = false;
  for (let position = 12; position + 8 <= header.length;) {
    const size = header.readUInt32LE(position + 4);
    const start = position + 8;
    if (name(position) === 'data') return isRight ? { start, size } : null;
    if (name(position) === 'fmt ' && start + 16 <= header.length) {
      const channels = header.readUInt16LE(start + 2);
      isRight = channels === 1 && header.readUInt32LE(start + 4) === SAMPLE_RATE;
      isRight &&= header.readUInt16LE(start + 14) === 8 * BYTES_PER_SAMPLE;
    }
    position = start + size + (size % 2);
  }
  return null;
}

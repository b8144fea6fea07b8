import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Depacketizer, EncodedFrame } from './frame.ts';
import { H264Format } from './h264.ts';
import { OpusDepacketizer, opusDuration } from './opus.ts';
import { VideoDepacketizer } from './video.ts';
import { Vp8Format } from './vp8.ts';
import { Vp9Format } from './vp9.ts';

/** A key frame of 640x360 and a frame that depends on it. */
const VP8_KEY = [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
const VP8_DELTA = [0x11, 0x02, 0x00];
/** Constrained baseline, level 3.1, 1280x720, as libx264 writes it; a picture parameter set; the start of slices. */
const SPS = Buffer.from('6742c01fd9005005bb016a02020280000003008000001e078c1924', 'hex');
const PPS = Buffer.from('68cb83cb20', 'hex');
const IDR = 0x65;
const SLICE = 0x41;

const create = {
  opus: () => new OpusDepacketizer(),
  vp8: () => new VideoDepacketizer(new Vp8Format()),
  vp9: () => new VideoDepacketizer(new Vp9Format()),
  h264: () => new VideoDepacketizer(new H264Format()),
};

/** Sends the payloads of frames, one frame every 3000 ticks. */
function send(depacketizer: Depacketizer, frames: readonly (readonly Buffer[])[], { markers = true } = {}) {
  const received: EncodedFrame[] = [];
  for (const [index, payloads] of frames.entries()) {
    for (const [part, payload] of payloads.entries()) {
      const marker = markers && part === payloads.length - 1;
      received.push(...depacketizer.push({ payload, marker, rtpTime: index * 3000, arrivedAt: index }));
    }
  }
  return received;
}

/** Cuts bytes into pieces of random sizes. */
const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
function cut(data: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0, index = 0; start < data.length; index++) {
    const size = sizes[index % sizes.length]!;
    pieces.push(data.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

const body = fc.uint8Array({ minLength: 1, maxLength: 3000 });

/** The fields of a VP8 payload descriptor that a sender may or may not use. */
const descriptor = fc.constantFrom<readonly number[]>(
  [0x10],
  [0x90, 0x80, 0x05],
  [0x90, 0x80, 0x85, 0x17],
  [0x90, 0xe0, 0x85, 0x17, 0x01, 0x20],
  [0xb0, 0x30, 0x40],
);

function vp8(
  frame: readonly number[],
  rest: Uint8Array,
  fields: readonly number[],
  sizes: readonly number[],
) {
  const data = Buffer.from([...frame, ...rest]);
  const payloads = cut(data, sizes).map((piece, index) =>
    Buffer.from([(fields[0] ?? 0) & (index === 0 ? 0xff : 0xef), ...fields.slice(1), ...piece]),
  );
  return { data, payloads };
}

/** Fragments a unit (RFC 6184, 5.8), or sends it as it is if that is one piece. */
function h264(unit: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces = cut(unit.subarray(1), sizes);
  if (pieces.length === 1) return [unit];
  return pieces.map((piece, index) => {
    const edges = (index === 0 ? 0x80 : 0) | (index === pieces.length - 1 ? 0x40 : 0);
    return Buffer.from([(unit[0]! & 0xe0) | 28, edges | (unit[0]! & 0x1f), ...piece]);
  });
}

const aggregate = (...units: Buffer[]) =>
  Buffer.concat([Buffer.from([0x78]), ...units.flatMap((unit) => [Buffer.from([0, unit.length]), unit])]);
const withLength = (unit: Buffer) =>
  Buffer.concat([Buffer.from([0, 0, unit.length >> 8, unit.length & 0xff]), unit]);

describe('depacketizers', () => {
  it.each(['opus', 'vp8', 'vp9', 'h264'] as const)('%s survives any payloads', (name) => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      // Often one of the forms that the codec has, with garbage inside.
      fc
        .tuple(
          fc.constantFrom(0x10, 0x90, 0x7c, 0x78, 0x67, 0x68, 0x65, 0x8c, 0xaa),
          fc.uint8Array({ maxLength: 60 }),
        )
        .map(([first, rest]) => Uint8Array.from([first, ...rest])),
    );
    const packets = fc.array(
      fc.record({ payload, marker: fc.boolean(), rtpTime: fc.nat(3), gap: fc.boolean() }),
    );
    fc.assert(
      fc.property(packets, (list) => {
        const depacketizer = create[name]();
        for (const { payload: bytes, marker, rtpTime, gap } of list) {
          if (gap) depacketizer.handleGap();
          for (const frame of depacketizer.push({
            payload: Buffer.from(bytes),
            marker,
            rtpTime,
            arrivedAt: 0,
          })) {
            expect(frame.data.length).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('Vp8Format', () => {
  it('joins the pieces of frames, with any descriptor', () => {
    fc.assert(
      fc.property(body, descriptor, cuts, fc.boolean(), (rest, fields, sizes, markers) => {
        const key = vp8(VP8_KEY, rest, fields, sizes);
        const delta = vp8(VP8_DELTA, rest, fields, sizes);
        const frames = send(create.vp8(), [key.payloads, delta.payloads, delta.payloads], { markers });
        // Without markers the end of the last one is unknown.
        expect(frames).toHaveLength(markers ? 3 : 2);
        expect(frames[0]).toMatchObject({
          data: key.data,
          isKey: true,
          picture: { width: 640, height: 360 },
        });
        expect(frames[1]).toMatchObject({ data: delta.data, isKey: false, rtpTime: 3000, afterGap: false });
      }),
    );
  });

  it('drops frames before the first key frame, and after a gap up to the next one', () => {
    const depacketizer = create.vp8();
    const [key, delta] = [VP8_KEY, VP8_DELTA].map((frame) => [Buffer.from([0x10, ...frame])]) as [
      Buffer[],
      Buffer[],
    ];
    expect(send(depacketizer, [delta, key, delta]).map(({ isKey }) => isKey)).toEqual([true, false]);
    expect(depacketizer.needsKeyFrame).toBe(false);
    depacketizer.handleGap();
    expect(depacketizer.needsKeyFrame).toBe(true);
    expect(send(depacketizer, [delta, delta, key, delta])).toMatchObject([
      { isKey: true, afterGap: true },
      { isKey: false, afterGap: false },
    ]);
  });

  it('ignores packets without a payload, which probe the bandwidth', () => {
    const depacketizer = create.vp8();
    const [start, end] = [Buffer.from([0x10, ...VP8_KEY]), Buffer.from([0x00, 1, 2, 3])];
    expect(send(depacketizer, [[start, Buffer.alloc(0), end]])).toHaveLength(1);
    expect(depacketizer.needsKeyFrame).toBe(false);
  });
});

describe('H264Format', () => {
  it('joins single, aggregated and fragmented units to frames with lengths', () => {
    fc.assert(
      fc.property(body, cuts, (rest, sizes) => {
        const [idr, slice] = [IDR, SLICE].map((type) => Buffer.from([type, ...rest])) as [Buffer, Buffer];
        const frames = send(create.h264(), [[aggregate(SPS, PPS), ...h264(idr, sizes)], h264(slice, sizes)]);
        expect(frames.map(({ isKey, data }) => ({ isKey, data }))).toEqual([
          { isKey: true, data: Buffer.concat([SPS, PPS, idr].map(withLength)) },
          { isKey: false, data: withLength(slice) },
        ]);
        expect(frames[0]!.picture).toMatchObject({ width: 1280, height: 720 });
      }),
    );
  });

  it('describes the decoder by the parameter sets of the key frame', () => {
    const [frame] = send(create.h264(), [[SPS, PPS, Buffer.from([IDR, 1])]]);
    expect(frame!.picture!.description).toEqual(
      Buffer.concat([
        Buffer.from([1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, SPS.length]),
        SPS,
        Buffer.from([1, 0, PPS.length]),
        PPS,
      ]),
    );
  });

  it('repeats parameter sets that were sent before a key frame, and drops key frames without any', () => {
    const idr = Buffer.from([IDR, 1]);
    expect(send(create.h264(), [[idr]])).toEqual([]);
    const frames = send(create.h264(), [[SPS, PPS, idr], [idr]]);
    expect(frames[1]!.data).toEqual(frames[0]!.data);
  });

  it('drops a frame whose last fragment is missing', () => {
    const [start] = h264(Buffer.from([IDR, 1, 2, 3, 4]), [2]);
    const depacketizer = create.h264();
    expect(send(depacketizer, [[SPS, PPS, start!]])).toEqual([]);
    expect(depacketizer.needsKeyFrame).toBe(true);
  });
});

describe('opusDuration', () => {
  it.each([
    ['SILK 20 ms', [0x08], 20],
    ['SILK 60 ms, two frames', [0x19, 0], 120],
    ['hybrid 20 ms', [0x68], 20],
    ['CELT 2.5 ms', [0x80], 2.5],
    ['CELT 20 ms, three frames', [0xfb, 3], 60],
  ])('returns the duration of %s', (_, bytes, duration) => {
    expect(opusDuration(Buffer.from(bytes))).toBe(duration);
  });

  it.each([[[]], [[0xfb]], [[0xfb, 0]], [[0xfb, 7]]])('returns null for the malformed packet %j', (bytes) => {
    expect(opusDuration(Buffer.from(bytes))).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRtcp, parseRtp } from './packet.ts';
import { parseSenderReports } from './sender-report.ts';
import { Unwrapper } from './unwrapper.ts';

/** Bytes that often look like RTP or RTCP of version 2. */
const datagram = fc
  .tuple(
    fc.uint8Array({ maxLength: 80 }),
    fc.boolean(),
    fc.option(fc.constantFrom(200, 201, 0x64, 0xe4), { nil: null }),
  )
  .map(([bytes, isVersion2, type]) => {
    const data = Buffer.from(bytes);
    if (data.length > 0 && isVersion2) data[0] = (data[0]! & 0x3f) | 0x80;
    if (data.length > 1 && type !== null) data[1] = type;
    return data;
  });

describe('parseRtp', () => {
  it('returns the fields and the payload, without contributing sources, extensions and padding', () => {
    const header = Buffer.from([0xb1, 0xe4, 0xff, 0xfe, 0xff, 0, 0, 1, 0x80, 0, 0, 2]);
    const [source, extension] = [Buffer.alloc(4), Buffer.from([0xbe, 0xde, 0, 1, 0x10, 5, 0, 0])];
    const payload = Buffer.from('payload');
    const packet = parseRtp(Buffer.concat([header, source, extension, payload, Buffer.from([0, 0, 3])]));
    expect(packet).toEqual({
      marker: true,
      payloadType: 100,
      sequence: 0xfffe,
      timestamp: 0xff000001,
      ssrc: 0x80000002,
      payload,
    });
  });

  it('returns null or a payload within the datagram for any bytes', () => {
    fc.assert(
      fc.property(datagram, (data) => {
        const packet = parseRtp(data);
        if (packet) expect(packet.payload.length).toBeLessThanOrEqual(data.length - 12);
      }),
    );
  });
});

describe('isRtcp', () => {
  it('tells packets of RTCP from those of RTP on the same port', () => {
    const packet = (type: number) => Buffer.from([0x80, type, 0, 1, 0, 0, 0, 0]);
    expect([200, 201, 206, 100, 0x80 | 100].map((type) => isRtcp(packet(type)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('parseSenderReports', () => {
  const report = (seconds: number, fraction: number) => {
    const data = Buffer.alloc(28);
    data.set([0x80, 200, 0, 6]);
    data.writeUInt32BE(0xcafe, 4);
    data.writeUInt32BE(seconds, 8);
    data.writeUInt32BE(fraction, 12);
    data.writeUInt32BE(4_000_000_000, 16);
    return data;
  };

  it('returns the reports of a compound packet with their times since the Unix epoch', () => {
    const other = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]);
    expect(parseSenderReports(Buffer.concat([other, report(2_208_988_801, 2 ** 31)]))).toEqual([
      { ssrc: 0xcafe, time: 1500, timestamp: 4_000_000_000 },
    ]);
  });

  it('continues when the seconds of NTP wrap around in 2036', () => {
    expect(new Date(parseSenderReports(report(0, 0))[0]!.time).toISOString()).toBe(
      '2036-02-07T06:28:16.000Z',
    );
  });

  it('returns reports of finite times for any bytes', () => {
    fc.assert(
      fc.property(datagram, (data) => {
        for (const { time } of parseSenderReports(data)) expect(Number.isFinite(time)).toBe(true);
      }),
    );
  });
});

describe('Unwrapper', () => {
  it.each([16, 32] as const)('continues numbers of %i bits that wrap around in either direction', (bits) => {
    const span = 2 ** bits;
    const steps = fc.array(fc.integer({ min: -span / 2, max: span / 2 - 1 }), { maxLength: 100 });
    fc.assert(
      fc.property(fc.nat(span - 1), steps, (first, deltas) => {
        const unwrapper = new Unwrapper(bits);
        expect(unwrapper.unwrap(first)).toBe(first);
        let expected = first;
        for (const delta of deltas) {
          expected += delta;
          const wrapped = ((expected % span) + span) % span;
          expect(unwrapper.near(wrapped)).toBe(expected);
          expect(unwrapper.unwrap(wrapped)).toBe(expected);
        }
      }),
    );
  });
});

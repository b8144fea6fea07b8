const SENDER_REPORT = 200;
const SENDER_REPORT_SIZE = 28;
/** Seconds from 1900, where NTP begins, to 1970. */
const NTP_TO_UNIX_S = 2_208_988_800;
const ERA_S = 2 ** 32;

/** The instant at which the medium with a timestamp was captured (RFC 3550, 6.4.1). */
export interface SenderReport {
  readonly ssrc: number;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** 32 bits of the codec's clock, which wrap around. */
  readonly timestamp: number;
}

/** Returns the sender reports in a compound RTCP packet, up to where it is malformed. */
export function parseSenderReports(data: Buffer): SenderReport[] {
  const reports: SenderReport[] = [];
  for (let start = 0; start + 4 <= data.length;) {
    if (data.readUInt8(start) >> 6 !== 2) break;
    const size = (data.readUInt16BE(start + 2) + 1) * 4;
    if (start + size > data.length) break;
    if (data.readUInt8(start + 1) === SENDER_REPORT && size >= SENDER_REPORT_SIZE) {
      reports.push({
        ssrc: data.readUInt32BE(start + 4),
        time: unixTime(data.readUInt32BE(start + 8), data.readUInt32BE(start + 12)),
        timestamp: data.readUInt32BE(start + 16),
      });
    }
    start += size;
  }
  return reports;
}

/** Seconds wrap around in February 2036, and none were sent before 1968. */
function unixTime(seconds: number, fraction: number): number {
  const since1900 = seconds < ERA_S / 2 ? seconds + ERA_S : seconds;
  return (since1900 - NTP_TO_UNIX_S + fraction / ERA_S) * 1000;
}

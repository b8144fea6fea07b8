import type { NetworkSample } from './network-monitor.ts';

/** One row of a report (webrtc-stats). */
export type Row = Readonly<Record<string, unknown>>;

/** What one transport carried so far, and how its way to the server is now. */
export interface TransportSummary {
  /** How media gets to the server: directly over UDP or TCP, or relayed by a TURN server; null where there is no way. */
  readonly path: 'udp' | 'tcp' | 'turn' | null;
  /** Round trip of the candidate pair in use, in milliseconds; null where the browser doesn't tell. */
  readonly rttMs: number | null;
  /** What the browser believes it could send, in bit/s; null where it doesn't tell. */
  readonly availableOutgoingBitrate: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** A summary with what it takes to compare it with another one. */
export interface TransportLook extends TransportSummary {
  /** Milliseconds, by the browser's clock. */
  readonly at: number;
  /** By the id of the browser's row. */
  readonly streams: ReadonlyMap<string, StreamTotals>;
}

/** Packets of one stream so far; `lost` as the receiving side says. */
interface StreamTotals {
  readonly direction: 'in' | 'out';
  readonly packets: number;
  readonly lost: number;
  /** How long its picture stood still, in milliseconds; null where it has none. */
  readonly frozenMs: number | null;
}

/** Fewer packets than this say nothing about loss. */
const MIN_PACKETS = 20;
/** A picture that stood still for more windows than this was hidden or switched off, not held up. */
const LONGEST_FREEZE = 3;

/** The rows of a type, or all. */
export function rowsOf(report: RTCStatsReport | null, type?: string): Row[] {
  const rows: Row[] = [];
  report?.forEach((row: Row) => {
    if (type === undefined || row.type === type) rows.push(row);
  });
  return rows;
}

/** A number of a row; null where the browser doesn't tell. */
export function numberOf(row: Row | undefined, key: string): number | null {
  const value = row?.[key];
  return typeof value === 'number' ? value : null;
}

/** What one transport's report says of it as a whole. */
export function transportLook(report: RTCStatsReport): TransportLook {
  const rows = rowsOf(report);
  const pair = selectedPair(rows);
  const seconds = numberOf(pair, 'currentRoundTripTime') ?? remoteRoundTrip(rows);
  return {
    path: pathOf(pair, rows),
    at: Math.max(0, ...rows.map((row) => numberOf(row, 'timestamp') ?? 0)),
    rttMs: seconds === null ? null : seconds * 1000,
    availableOutgoingBitrate: numberOf(pair, 'availableOutgoingBitrate'),
    bytesSent: numberOf(pair, 'bytesSent') ?? 0,
    bytesReceived: numberOf(pair, 'bytesReceived') ?? 0,
    streams: new Map(rows.flatMap((row) => streamOf(row, rows))),
  };
}

/** The candidate pair in use: Chrome and Safari name it in the transport's row, Firefox marks the pair. */
export function selectedPair(rows: readonly Row[]): Row | undefined {
  const pairs = rows.filter(({ type }) => type === 'candidate-pair');
  const chosen = rows.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
  return (
    pairs.find(({ id }) => id === chosen) ??
    pairs.find(({ selected }) => selected === true) ??
    pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded')
  );
}

function pathOf(pair: Row | undefined, rows: readonly Row[]): TransportSummary['path'] {
  const candidate = rows.find(({ id }) => pair !== undefined && id === pair.localCandidateId);
  if (!candidate) return null;
  if (candidate.candidateType === 'relay') return 'turn';
  return candidate.protocol === 'tcp' ? 'tcp' : 'udp';
}

/** How the network was between two looks at the transports, each with what was seen of it before, if anything. */
export function networkSample(
  looks: readonly { readonly before: TransportLook | null; readonly now: TransportLook }[],
): NetworkSample {
  const windows = looks.flatMap(({ before, now }) => (before ? windowOf(before, now) : []));
  const rtts = looks.map(({ now }) => now.rttMs).filter((rtt) => rtt !== null);
  const frozen = windows.map((window) => window.frozen).filter((share) => share !== null);
  return {
    rttMs: rtts.length === 0 ? null : Math.max(...rtts),
    lossIn: lossOf(windows.filter(({ direction }) => direction === 'in')),
    lossOut: lossOf(windows.filter(({ direction }) => direction === 'out')),
    frozen: frozen.length === 0 ? null : Math.max(...frozen),
  };
}

interface StreamWindow {
  readonly direction: 'in' | 'out';
  readonly expected: number;
  readonly lost: number;
  /** Share of the time in which the picture stood still; null where that can't be told. */
  readonly frozen: number | null;
}

function windowOf(before: TransportLook, now: TransportLook): StreamWindow[] {
  const elapsed = now.at - before.at;
  return [...now.streams].map(([id, stream]) => {
    const old = before.streams.get(id);
    const packets = Math.max(0, stream.packets - (old?.packets ?? 0));
    // Packets that come late after all are taken back.
    const lost = Math.max(0, stream.lost - (old?.lost ?? 0));
    const frozenMs = stream.frozenMs === null || !old ? null : stream.frozenMs - (old.frozenMs ?? 0);
    const told = frozenMs !== null && elapsed > 0 && frozenMs <= LONGEST_FREEZE * elapsed;
    return {
      direction: stream.direction,
      expected: stream.direction === 'in' ? packets + lost : packets,
      lost,
      frozen: told ? Math.min(1, frozenMs / elapsed) : null,
    };
  });
}

function lossOf(windows: readonly StreamWindow[]): number | null {
  const expected = windows.reduce((sum, window) => sum + window.expected, 0);
  if (expected < MIN_PACKETS) return null;
  return Math.min(1, windows.reduce((sum, window) => sum + window.lost, 0) / expected);
}

function streamOf(row: Row, rows: readonly Row[]): [string, StreamTotals][] {
  const id = String(row.id);
  if (row.type === 'inbound-rtp') {
    const frozen = numberOf(row, 'totalFreezesDuration');
    const totals = {
      direction: 'in' as const,
      packets: numberOf(row, 'packetsReceived') ?? 0,
      lost: numberOf(row, 'packetsLost') ?? 0,
      frozenMs: frozen === null ? null : frozen * 1000,
    };
    return [[id, totals]];
  }
  if (row.type !== 'outbound-rtp') return [];
  // What the server says it did not get of this stream.
  const remote = rows.find((other) => other.type === 'remote-inbound-rtp' && other.ssrc === row.ssrc);
  if (!remote) return [];
  const lost = numberOf(remote, 'packetsLost') ?? 0;
  return [
    [id, { direction: 'out' as const, packets: numberOf(row, 'packetsSent') ?? 0, lost, frozenMs: null }],
  ];
}

function remoteRoundTrip(rows: readonly Row[]): number | null {
  const times = rows
    .filter(({ type }) => type === 'remote-inbound-rtp')
    .map((row) => numberOf(row, 'roundTripTime'))
    .filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

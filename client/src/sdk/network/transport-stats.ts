import type { types } from 'mediasoup-client';
import type { NetworkSample } from './network-monitor.ts';

/** One row of a report (webrtc-stats). */
export type Row = Readonly<Record<string, unknown>>;

/** The traffic of one transport so far, and its current path to the server. */
export interface TransportSummary {
  /** How media reaches the server: directly over UDP or TCP, or relayed by a TURN server; null without a path. */
  readonly path: 'udp' | 'tcp' | 'turn' | null;
  /** Round-trip time of the selected candidate pair, in milliseconds; null if the browser does not report it. */
  readonly rttMs: number | null;
  /** Estimated bandwidth for sending, in bit/s; null if the browser does not report it. */
  readonly availableOutgoingBitrate: number | null;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** A summary with the values that a comparison with a later one needs. */
export interface TransportReport extends TransportSummary {
  /** In milliseconds by the browser's clock. */
  readonly at: number;
  /** By the id of the browser's row. */
  readonly streams: ReadonlyMap<string, StreamTotals>;
}

/** Packets of one stream so far; `lost` as its receiver reports. */
interface StreamTotals {
  readonly direction: 'in' | 'out';
  readonly packets: number;
  readonly lost: number;
  /** How long its picture was frozen, in milliseconds; null for sound. */
  readonly frozenMs: number | null;
  /** For received sound. */
  readonly sound: SoundTotals | null;
  /** For received pictures. */
  readonly frames: FrameTotals | null;
  /** Whether the device is too slow to send it at its full quality. */
  readonly limited: boolean;
}

interface FrameTotals {
  readonly decoded: number;
  /** Frames that arrived and were not displayed. */
  readonly dropped: number;
  /** How long decoding took, in seconds. */
  readonly seconds: number;
}

interface SoundTotals {
  readonly played: number;
  readonly concealed: number;
  /** Packets that were requested again; null if the browser does not report it. */
  readonly requested: number | null;
}

/** Both transports of a session; null if the browser reports nothing. */
export interface Transports<T extends TransportSummary> {
  readonly send: T | null;
  readonly receive: T | null;
}

/** Minimum number of packets for a statement about loss. */
const MIN_PACKETS = 20;
/** The mediasoup server's stream of probes: it has gaps although nothing is lost. */
const PROBE_SSRC = 1234;
/** The share of dropped frames, or of the time that decoding takes, from which the device is too slow. */
const DROPPED = 0.3;
const DECODING = 0.8;
/** Number of windows after which a frozen picture counts as hidden or switched off. */
const LONGEST_FREEZE = 3;

/** Returns the rows of a type, or all. */
export function rowsOf(report: RTCStatsReport | null, type?: string): Row[] {
  const rows: Row[] = [];
  report?.forEach((row: Row) => {
    if (type === undefined || row.type === type) rows.push(row);
  });
  return rows;
}

/** Returns a number of a row; null if the browser does not report it. */
export function numberOf(row: Row | undefined, key: string): number | null {
  const value = row?.[key];
  return typeof value === 'number' ? value : null;
}

/** Summarizes the statistics of one transport. */
export function transportReport(report: RTCStatsReport): TransportReport {
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

/** Reads the statistics of both transports of a session. Never throws. */
export async function collectTransports({
  transports,
}: {
  readonly transports: { readonly send: types.Transport; readonly receive: types.Transport };
}): Promise<Transports<TransportReport>> {
  const read = (transport: types.Transport) =>
    transport.getStats().then(
      (report) => transportReport(report),
      () => null,
    );
  const [send, receive] = await Promise.all([read(transports.send), read(transports.receive)]);
  return { send, receive };
}

/** Returns the selected candidate pair: Chrome and Safari name it in the transport's row, Firefox marks the pair. */
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

/** Computes how the network was between two reports of the transports, each with the previous one, if any. */
export function networkSample(
  reports: readonly { readonly before: TransportReport | null; readonly now: TransportReport }[],
): NetworkSample {
  const windows = reports.flatMap(({ before, now }) => (before ? windowOf(before, now) : []));
  const rtts = reports.map(({ now }) => now.rttMs).filter((rtt) => rtt !== null);
  const frozen = windows.map((window) => window.frozen).filter((share) => share !== null);
  return {
    rttMs: rtts.length === 0 ? null : Math.max(...rtts),
    lossIn: lossOf(windows.filter(({ direction }) => direction === 'in')),
    lossOut: lossOf(windows.filter(({ direction }) => direction === 'out')),
    frozen: frozen.length === 0 ? null : Math.max(...frozen),
    ...soundOf(windows),
    busy: windows.some(({ busy }) => busy),
    relayed: reports.some(({ now }) => now.path === 'turn'),
  };
}

/** Sums up the received sound; each value is null if unknown. */
function soundOf(windows: readonly StreamWindow[]): Pick<NetworkSample, 'concealed' | 'requested'> {
  const heard = windows.filter(({ sound }) => sound !== null && sound.played > 0);
  const total = (value: (window: StreamWindow) => number) =>
    heard.reduce((sum, window) => sum + value(window), 0);
  const played = total(({ sound }) => sound?.played ?? 0);
  const packets = total(({ expected }) => expected);
  const asks = heard.some(({ sound }) => sound?.requested !== null);
  return {
    concealed: played === 0 ? null : total(({ sound }) => sound?.concealed ?? 0) / played,
    requested: !asks || packets < MIN_PACKETS ? null : total(({ sound }) => sound?.requested ?? 0) / packets,
  };
}

interface StreamWindow {
  readonly direction: 'in' | 'out';
  readonly expected: number;
  readonly lost: number;
  /** Share of the time in which the picture was frozen; null if unknown. */
  readonly frozen: number | null;
  readonly sound: SoundTotals | null;
  readonly busy: boolean;
}

function windowOf(before: TransportReport, now: TransportReport): StreamWindow[] {
  const elapsed = now.at - before.at;
  return [...now.streams].map(([id, stream]) => {
    const old = before.streams.get(id);
    const packets = Math.max(0, stream.packets - (old?.packets ?? 0));
    // The counter shrinks if packets arrive late.
    const lost = Math.max(0, stream.lost - (old?.lost ?? 0));
    const frozenMs = stream.frozenMs === null || !old ? null : stream.frozenMs - (old.frozenMs ?? 0);
    const known = frozenMs !== null && elapsed > 0 && frozenMs <= LONGEST_FREEZE * elapsed;
    return {
      direction: stream.direction,
      expected: stream.direction === 'in' ? packets + lost : packets,
      lost,
      frozen: known ? Math.min(1, frozenMs / elapsed) : null,
      sound: soundWindow(old?.sound ?? null, stream.sound),
      busy: stream.limited || isSlow(old?.frames ?? null, stream.frames, elapsed),
    };
  });
}

function isSlow(old: FrameTotals | null, now: FrameTotals | null, elapsedMs: number): boolean {
  if (now === null || old === null) return false;
  const dropped = now.dropped - old.dropped;
  const frames = dropped + now.decoded - old.decoded;
  return dropped > DROPPED * frames || (now.seconds - old.seconds) * 1000 > DECODING * elapsedMs;
}

function soundWindow(old: SoundTotals | null, now: SoundTotals | null): SoundTotals | null {
  if (now === null || old === null) return null;
  return {
    played: Math.max(0, now.played - old.played),
    concealed: Math.max(0, now.concealed - old.concealed),
    requested: now.requested === null ? null : Math.max(0, now.requested - (old.requested ?? 0)),
  };
}

function lossOf(windows: readonly StreamWindow[]): number | null {
  const expected = windows.reduce((sum, window) => sum + window.expected, 0);
  if (expected < MIN_PACKETS) return null;
  return Math.min(1, windows.reduce((sum, window) => sum + window.lost, 0) / expected);
}

function streamOf(row: Row, rows: readonly Row[]): [string, StreamTotals][] {
  const id = String(row.id);
  if (row.ssrc === PROBE_SSRC) return [];
  if (row.type === 'inbound-rtp') {
    const frozen = numberOf(row, 'totalFreezesDuration');
    const totals = {
      direction: 'in' as const,
      packets: numberOf(row, 'packetsReceived') ?? 0,
      lost: numberOf(row, 'packetsLost') ?? 0,
      frozenMs: frozen === null ? null : frozen * 1000,
      sound: row.kind === 'audio' ? soundTotals(row) : null,
      frames: frozen === null ? null : frameTotals(row),
      limited: false,
    };
    return [[id, totals]];
  }
  if (row.type !== 'outbound-rtp') return [];
  // The server's report of lost packets of this stream.
  const remote = rows.find((other) => other.type === 'remote-inbound-rtp' && other.ssrc === row.ssrc);
  if (!remote) return [];
  const lost = numberOf(remote, 'packetsLost') ?? 0;
  return [
    [
      id,
      {
        direction: 'out' as const,
        packets: numberOf(row, 'packetsSent') ?? 0,
        lost,
        frozenMs: null,
        sound: null,
        frames: null,
        limited: row.qualityLimitationReason === 'cpu',
      },
    ],
  ];
}

function soundTotals(row: Row): SoundTotals {
  return {
    played: numberOf(row, 'totalSamplesReceived') ?? 0,
    concealed: numberOf(row, 'concealedSamples') ?? 0,
    requested: numberOf(row, 'nackCount'),
  };
}

function frameTotals(row: Row): FrameTotals {
  return {
    decoded: numberOf(row, 'framesDecoded') ?? 0,
    dropped: numberOf(row, 'framesDropped') ?? 0,
    seconds: numberOf(row, 'totalDecodeTime') ?? 0,
  };
}

function remoteRoundTrip(rows: readonly Row[]): number | null {
  const times = rows
    .filter(({ type }) => type === 'remote-inbound-rtp')
    .map((row) => numberOf(row, 'roundTripTime'))
    .filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

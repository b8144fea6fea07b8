import type { AckData } from '@televisit/shared/signaling';
import { PROBE_PATHS, type ProbePath } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { VisitError } from '../core/errors.ts';
import type { CurrentSignaling } from '../signaling/current-signaling.ts';
import { numberOf, rowsOf, selectedPair, type Row } from './transport-stats.ts';

export interface ConnectionTestOptions {
  readonly device: types.Device;
  readonly signaling: Pick<CurrentSignaling, 'request' | 'send'>;
  readonly iceServers: readonly RTCIceServer[];
  /** Called once for each path, as soon as its grade is known. */
  readonly onGrade: (path: ProbePath, grade: Grade) => void;
  /** Ends the test early; no grade is reported afterwards. */
  readonly signal?: AbortSignal;
  /** Maximum time for a path to connect, in milliseconds. */
  readonly patienceMs?: number;
  /** How long a connected path is measured, in milliseconds. */
  readonly measureMs?: number;
}

/** Measurements of a path; null if the browser does not report them. */
export interface Measured {
  readonly connectMs: number;
  readonly rttMs: number | null;
  /** Connectivity checks that were sent, and those that were answered (RFC 8445). */
  readonly sent: number | null;
  readonly answered: number | null;
}

const CONNECT_TIMEOUT_MS = 5_000;
const MEASURE_MS = 800;
const POLL_MS = 100;
/** Number of answers that suffice for a grade. */
const ENOUGH_ANSWERS = 6;

/** Duration of a handshake that has lost some of its packets. */
const SLOW_CONNECT_MS = 2_500;
const POOR_RTT_MS = 350;
const POOR_LOSS = 0.15;

/**
 * Tests every path to the SFU in parallel, over separate transports; those prepared for the call are not touched.
 * @throws {VisitError} if the server is unreachable or refuses
 */
export async function testConnection(options: ConnectionTestOptions): Promise<void> {
  const tests = await Promise.allSettled(PROBE_PATHS.map((path) => testPath(path, options)));
  options.signaling.send('probe:close', {});
  const failed = tests.find((test) => test.status === 'rejected');
  if (failed) throw VisitError.from(failed.reason);
}

/** Returns the grade of a connected path. */
export function gradeOf({ connectMs, rttMs, sent, answered }: Measured): 'good' | 'poor' {
  // The last answer may still be in flight.
  const missing = sent === null || answered === null ? 0 : Math.max(0, sent - answered - 1);
  const lossy = missing > 0 && missing / (sent ?? 1) > POOR_LOSS;
  return lossy || connectMs > SLOW_CONNECT_MS || (rttMs ?? 0) > POOR_RTT_MS ? 'poor' : 'good';
}

async function testPath(path: ProbePath, options: ConnectionTestOptions): Promise<void> {
  const grade = await tryPath(path, options);
  if (!options.signal?.aborted) options.onGrade(path, grade);
}

async function tryPath(path: ProbePath, options: ConnectionTestOptions): Promise<Grade> {
  const { device, signaling } = options;
  const iceServers = path === 'turn' ? options.iceServers.filter(isRelay) : [];
  if (path === 'turn' && iceServers.length === 0) return 'unavailable';
  const rtpCapabilities = device.recvRtpCapabilities as unknown as Record<string, unknown>;
  const probe = await signaling.request('probe:open', { path, rtpCapabilities });
  const transport = device.createRecvTransport({
    ...(probe.transport as unknown as types.TransportOptions),
    iceServers: [...iceServers],
    iceTransportPolicy: path === 'turn' ? 'relay' : 'all',
  });
  try {
    const start = performance.now();
    if (!(await connects(transport, probe, options))) return 'blocked';
    return gradeOf({ connectMs: performance.now() - start, ...(await measure(transport, options)) });
  } finally {
    transport.close();
  }
}

/** Returns whether the path reaches the SFU. @throws {VisitError} if the server is unreachable or refuses */
function connects(
  transport: types.Transport,
  { consumer }: AckData['probe:open'],
  { signaling, signal, patienceMs = CONNECT_TIMEOUT_MS }: ConnectionTestOptions,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), patienceMs);
    const settle = (connected: boolean) => {
      clearTimeout(timer);
      resolve(connected);
    };
    signal?.addEventListener('abort', () => settle(false), { once: true });
    if (signal?.aborted) settle(false);
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      const payload = { transportId: transport.id, dtlsParameters };
      signaling.request('transport:connect', payload).then(() => callback(), errback);
    });
    transport.on('connectionstatechange', (state) => {
      if (state === 'connected') settle(true);
      else if (state === 'failed' || state === 'closed') settle(false);
    });
    transport
      .consume({
        id: consumer.consumerId,
        producerId: consumer.producerId,
        kind: consumer.kind,
        rtpParameters: consumer.rtpParameters as types.RtpParameters,
      })
      .catch((error: unknown) => {
        clearTimeout(timer);
        if (error instanceof VisitError) reject(error);
        else resolve(false);
      });
  });
}

/** Measures the connectivity checks that the browser itself makes. Never throws. */
async function measure(
  transport: types.Transport,
  { signal, measureMs = MEASURE_MS }: ConnectionTestOptions,
): Promise<Omit<Measured, 'connectMs'>> {
  const end = performance.now() + measureMs;
  for (;;) {
    const seen = pairStats(await transport.getStats().catch(() => null));
    const enough = (seen.answered ?? 0) >= ENOUGH_ANSWERS;
    if (enough || signal?.aborted === true || performance.now() + POLL_MS > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function pairStats(report: RTCStatsReport | null): Omit<Measured, 'connectMs'> {
  const pair: Row | undefined = selectedPair(rowsOf(report));
  const sent = numberOf(pair, 'requestsSent');
  const answered = numberOf(pair, 'responsesReceived');
  const total = numberOf(pair, 'totalRoundTripTime');
  const seconds = total !== null && answered ? total / answered : numberOf(pair, 'currentRoundTripTime');
  return { rttMs: seconds === null ? null : seconds * 1000, sent, answered };
}

function isRelay({ urls }: RTCIceServer): boolean {
  return [urls].flat().some((url) => /^turns?:/.test(url));
}

/** How one network path fared in the connection test; `unavailable`: the server offers no such path. */
export type Grade = 'good' | 'poor' | 'blocked' | 'unavailable';

/** The connection test; null while a grade is not known. */
export interface ConnectionTestState {
  readonly running: boolean;
  readonly udp: Grade | null;
  readonly tcp: Grade | null;
  readonly turn: Grade | null;
}

export const NO_TEST: ConnectionTestState = { running: false, udp: null, tcp: null, turn: null };

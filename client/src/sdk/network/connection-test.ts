import type { AckData } from '@televisit/shared/signaling';
import type { ProbePath, PROBE_PATHS as ContractPaths } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { VisitError } from '../core/errors.ts';
import type { CurrentSignaling } from '../signaling/current-signaling.ts';
import { numberOf, rowsOf, selectedPair, type Row } from './transport-stats.ts';

// As the contract names them; only the type comes from there, so that zod stays out.
export const PROBE_PATHS: typeof ContractPaths = ['udp', 'tcp', 'turn'];

/** How one way to the server fared in the connection test; `unavailable`: the server has no such way. */
export type Grade = 'good' | 'poor' | 'blocked' | 'unavailable';

/** The connection test; null where the outcome is not known yet. */
export interface ConnectionTestState {
  readonly running: boolean;
  readonly udp: Grade | null;
  readonly tcp: Grade | null;
  readonly turn: Grade | null;
}

export const NO_TEST: ConnectionTestState = { running: false, udp: null, tcp: null, turn: null };

export interface ConnectionTestOptions {
  readonly device: types.Device;
  readonly signaling: Pick<CurrentSignaling, 'request' | 'send'>;
  readonly iceServers: readonly RTCIceServer[];
  /** Called once for each way, as soon as its outcome is known. */
  readonly onGrade: (path: ProbePath, grade: Grade) => void;
  /** Ends the test early; nothing is told afterwards. */
  readonly signal?: AbortSignal;
  /** How long a way may take to connect, in milliseconds. */
  readonly patienceMs?: number;
  /** How long a way is measured that is connected, in milliseconds. */
  readonly measureMs?: number;
}

/** What was measured of a way; null where the browser doesn't tell. */
export interface Measured {
  readonly connectMs: number;
  readonly rttMs: number | null;
  /** Checks of the way that were sent, and those that were answered (RFC 8445). */
  readonly sent: number | null;
  readonly answered: number | null;
}

const PATIENCE_MS = 5_000;
const MEASURE_MS = 800;
const LOOK_MS = 100;
/** So many answers tell enough. */
const ENOUGH_ANSWERS = 6;

/** A handshake that takes this long has lost some of its packets. */
const SLOW_CONNECT_MS = 2_500;
const POOR_RTT_MS = 350;
const POOR_LOSS = 0.15;

/**
 * Tries every way to the SFU, side by side, over transports of their own: what is prepared for the visit stays as it
 * is. Throws a `VisitError` where the server can't be asked.
 */
export async function testConnection(options: ConnectionTestOptions): Promise<void> {
  const tests = await Promise.allSettled(PROBE_PATHS.map((path) => testPath(path, options)));
  options.signaling.send('probe:close', {});
  const failed = tests.find((test) => test.status === 'rejected');
  if (failed) throw VisitError.from(failed.reason);
}

/** What a person is told of a way that is connected. */
export function gradeOf({ connectMs, rttMs, sent, answered }: Measured): 'good' | 'poor' {
  // The last one may still be on its way.
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

/** Whether the way leads to the SFU. Throws a `VisitError` where the server can't be asked. */
function connects(
  transport: types.Transport,
  { consumer }: AckData['probe:open'],
  { signaling, signal, patienceMs = PATIENCE_MS }: ConnectionTestOptions,
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

/** Looks at the checks that the browser itself makes of the way. Never throws. */
async function measure(
  transport: types.Transport,
  { signal, measureMs = MEASURE_MS }: ConnectionTestOptions,
): Promise<Omit<Measured, 'connectMs'>> {
  const end = performance.now() + measureMs;
  for (;;) {
    const seen = pairStats(await transport.getStats().catch(() => null));
    const enough = (seen.answered ?? 0) >= ENOUGH_ANSWERS;
    if (enough || signal?.aborted === true || performance.now() + LOOK_MS > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
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

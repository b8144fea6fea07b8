import type { Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import {
  rowsOf,
  collectTransports,
  type Row,
  type Transports,
  type TransportSummary,
} from '../network/transport-stats.ts';

/** Statistics of one received stream (`inbound-rtp` of webrtc-stats). */
export interface InboundSummary {
  readonly consumerId: string;
  readonly userId: string | null;
  readonly source: Source | null;
  readonly bytesReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  readonly framesPerSecond: number;
  readonly freezeCount: number;
  /** Seconds. */
  readonly totalFreezesDuration: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly totalAudioEnergy: number;
  /** Played samples of sound, and those of them that the browser made up because their packets were missing. */
  readonly totalSamplesReceived: number;
  readonly concealedSamples: number;
  /** Seconds that played samples, or frames, spent in the jitter buffer, summed up, and their number. */
  readonly jitterBufferDelay: number;
  readonly jitterBufferEmittedCount: number;
}

/** Statistics of one sent simulcast layer, or of a source without layers. */
export interface LayerSummary {
  readonly rid: string | null;
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly framesSent: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
}

/**
 * Statistics of one sent source (`outbound-rtp` of webrtc-stats), summed over its layers. For a few seconds after a camera
 * is switched off, Chrome still sends padding: bytes without frames.
 */
export interface OutboundSummary {
  readonly source: Source;
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly framesSent: number;
  readonly layers: readonly LayerSummary[];
}

export interface VisitStats {
  readonly inbound: readonly InboundSummary[];
  readonly outbound: readonly OutboundSummary[];
  readonly transports: Transports<TransportSummary>;
}

/** Provides the transports and streams that statistics are read from. */
export interface StatsSource {
  readonly incoming: { consumers(): readonly types.Consumer[] };
  readonly transports: { readonly send: types.Transport; readonly receive: types.Transport };
  producers(): readonly types.Producer[];
}

/** Reads the statistics of everything that a session sends and receives. */
export async function collectStats(session: StatsSource | null): Promise<VisitStats> {
  if (!session) return { inbound: [], outbound: [], transports: { send: null, receive: null } };
  const inbound = session.incoming.consumers().map(async (consumer) => {
    const owner = consumer.appData as { userId: string | null; source: Source | null };
    const report = await consumer.getStats().catch(() => null);
    return inboundSummary(consumer.id, owner, rowsOf(report, 'inbound-rtp'));
  });
  const outbound = session.producers().map(async (producer) => {
    const { source } = producer.appData as { source: Source };
    const report = await producer.getStats().catch(() => null);
    return outboundSummary(source, rowsOf(report, 'outbound-rtp'));
  });
  const transports = collectTransports(session);
  return {
    inbound: await Promise.all(inbound),
    outbound: await Promise.all(outbound),
    transports: await transports,
  };
}

/** Summarizes the rows of one stream; missing values count as 0. */
export function inboundSummary(
  consumerId: string,
  owner: { userId: string | null; source: Source | null },
  rows: readonly Row[],
): InboundSummary {
  return {
    consumerId,
    userId: owner.userId,
    source: owner.source,
    bytesReceived: sum(rows, 'bytesReceived'),
    packetsLost: sum(rows, 'packetsLost'),
    framesDecoded: sum(rows, 'framesDecoded'),
    framesPerSecond: sum(rows, 'framesPerSecond'),
    freezeCount: sum(rows, 'freezeCount'),
    totalFreezesDuration: sum(rows, 'totalFreezesDuration'),
    frameWidth: sum(rows, 'frameWidth'),
    frameHeight: sum(rows, 'frameHeight'),
    totalAudioEnergy: sum(rows, 'totalAudioEnergy'),
    totalSamplesReceived: sum(rows, 'totalSamplesReceived'),
    concealedSamples: sum(rows, 'concealedSamples'),
    jitterBufferDelay: sum(rows, 'jitterBufferDelay'),
    jitterBufferEmittedCount: sum(rows, 'jitterBufferEmittedCount'),
  };
}

/** Summarizes the rows of one source, with its layers. */
export function outboundSummary(source: Source, rows: readonly Row[]): OutboundSummary {
  const layers = rows.map((row) => ({
    rid: typeof row.rid === 'string' ? row.rid : null,
    bytesSent: sum([row], 'bytesSent'),
    packetsSent: sum([row], 'packetsSent'),
    framesSent: sum([row], 'framesSent'),
    frameWidth: sum([row], 'frameWidth'),
    frameHeight: sum([row], 'frameHeight'),
  }));
  return {
    source,
    bytesSent: sum(rows, 'bytesSent'),
    packetsSent: sum(rows, 'packetsSent'),
    framesSent: sum(rows, 'framesSent'),
    layers,
  };
}

function sum(rows: readonly Row[], key: string): number {
  return rows.reduce((total, row) => total + (typeof row[key] === 'number' ? row[key] : 0), 0);
}

import { describe, expect, it } from 'vitest';
import { networkSample, selectedPair, transportReport, type Row } from './transport-stats.ts';

const report = (rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.id, row])) as unknown as RTCStatsReport;

const pair = (change: Row = {}): Row => ({
  id: 'pair',
  type: 'candidate-pair',
  timestamp: 1000,
  currentRoundTripTime: 0.05,
  availableOutgoingBitrate: 900_000,
  bytesSent: 10,
  bytesReceived: 20,
  ...change,
});
const transport: Row = {
  id: 'transport',
  type: 'transport',
  selectedCandidatePairId: 'pair',
  timestamp: 1000,
};
const inbound = (packetsReceived: number, packetsLost: number, change: Row = {}): Row => ({
  id: 'in1',
  type: 'inbound-rtp',
  ssrc: 1,
  packetsReceived,
  packetsLost,
  ...change,
});
const outbound = (packetsSent: number): Row => ({ id: 'out1', type: 'outbound-rtp', ssrc: 7, packetsSent });
const remote = (packetsLost: number): Row => ({
  id: 'remote1',
  type: 'remote-inbound-rtp',
  ssrc: 7,
  packetsLost,
  roundTripTime: 0.2,
});

const look = (rows: readonly Row[]) => transportReport(report(rows));
/** Two reports of one transport, two seconds apart. */
const between = (before: readonly Row[], now: readonly Row[]) =>
  networkSample([
    {
      before: look([...before, { id: 'clock', timestamp: 1000 }]),
      now: look([...now, { id: 'clock', timestamp: 3000 }]),
    },
  ]);

describe('transportReport()', () => {
  it.each([
    ['udp', { candidateType: 'host', protocol: 'udp' }],
    ['udp', { candidateType: 'prflx', protocol: 'udp' }],
    ['tcp', { candidateType: 'host', protocol: 'tcp' }],
    ['turn', { candidateType: 'relay', protocol: 'udp', relayProtocol: 'tcp' }],
  ])('returns the path %s', (path, candidate) => {
    const local = { id: 'local', type: 'local-candidate', ...candidate };
    expect(look([pair({ localCandidateId: 'local' }), transport, local]).path).toBe(path);
  });

  it('returns the selected pair’s values, in milliseconds and bit/s', () => {
    const other = pair({ id: 'other', currentRoundTripTime: 9, nominated: true, state: 'succeeded' });
    expect(look([other, pair(), transport])).toMatchObject({
      path: null,
      at: 1000,
      rttMs: 50,
      availableOutgoingBitrate: 900_000,
      bytesSent: 10,
      bytesReceived: 20,
    });
  });

  it('returns the round trip that the server reports when the pair has none, as in Firefox', () => {
    const rows = [pair({ currentRoundTripTime: undefined }), transport, remote(0)];
    expect(look(rows).rttMs).toBe(200);
  });

  it('returns unknown values for an empty report', () => {
    expect(look([])).toEqual({
      path: null,
      at: 0,
      rttMs: null,
      availableOutgoingBitrate: null,
      bytesSent: 0,
      bytesReceived: 0,
      streams: new Map(),
    });
  });
});

describe('selectedPair()', () => {
  it.each([
    ['the transport names', [pair(), pair({ id: 'b' }), transport]],
    ['is marked as selected', [pair({ selected: true }), pair({ id: 'b', selected: false })]],
    [
      'is nominated and works',
      [pair({ id: 'b', nominated: true, state: 'failed' }), pair({ nominated: true, state: 'succeeded' })],
    ],
  ])('returns the pair that %s', (_how, rows) => {
    expect(selectedPair(rows)?.id).toBe('pair');
  });

  it('returns undefined without a pair', () => {
    expect(selectedPair([transport])).toBeUndefined();
    expect(selectedPair([pair()])).toBeUndefined();
  });
});

describe('networkSample()', () => {
  it('has a round trip and no loss the first time', () => {
    const now = look([pair(), transport, inbound(1000, 500)]);
    expect(networkSample([{ before: null, now }])).toEqual({
      rttMs: 50,
      lossIn: null,
      lossOut: null,
      frozen: null,
      concealed: null,
      requested: null,
      busy: false,
      relayed: false,
    });
  });

  it('returns the share of sound that was concealed, and of packets that were requested again', () => {
    const heard = (packetsReceived: number, nackCount: number, concealedSamples: number) => ({
      ...inbound(packetsReceived, 0),
      kind: 'audio',
      nackCount,
      concealedSamples,
      totalSamplesReceived: packetsReceived * 960,
    });
    expect(between([heard(1000, 5, 0)], [heard(1100, 15, 4800)])).toMatchObject({
      concealed: 0.05,
      requested: 0.1,
    });
  });

  it('returns the share of expected packets that were lost since', () => {
    expect(between([inbound(1000, 500)], [inbound(1090, 510)]).lossIn).toBe(0.1);
  });

  it('returns the share of sent packets that the server did not receive', () => {
    const before = [outbound(100), remote(50)];
    expect(between(before, [outbound(200), remote(60)]).lossOut).toBe(0.1);
  });

  it('omits streams without a report from the server', () => {
    expect(between([outbound(100)], [outbound(200)]).lossOut).toBeNull();
  });

  it('has no loss for a few packets', () => {
    expect(between([inbound(0, 0)], [inbound(10, 5)]).lossIn).toBeNull();
  });

  it('handles late packets, and streams that come and go', () => {
    expect(between([inbound(1000, 50)], [inbound(1100, 40)]).lossIn).toBe(0);
    const other = { ...inbound(5000, 900), id: 'in2' };
    expect(between([inbound(1000, 0), other], [inbound(1100, 0)]).lossIn).toBe(0);
    expect(between([inbound(1000, 0)], [inbound(1000, 0), { ...inbound(90, 10), id: 'in3' }]).lossIn).toBe(
      0.1,
    );
  });

  it('returns the share of the time in which the worst picture was frozen', () => {
    const at = (seconds: number) => inbound(1000, 0, { totalFreezesDuration: seconds });
    const good = { ...inbound(1000, 0, { totalFreezesDuration: 1 }), id: 'in2' };
    expect(between([at(1), good], [at(1.5), good]).frozen).toBe(0.25);
    expect(between([at(1)], [at(4)]).frozen).toBe(1);
  });

  it('ignores pictures that were frozen for very long, as hidden ones are', () => {
    const at = (seconds: number) => inbound(1000, 0, { totalFreezesDuration: seconds });
    expect(between([at(0)], [at(60)]).frozen).toBeNull();
  });

  it('ignores the gaps in the probes of the server', () => {
    const probes = (received: number, lost: number) => inbound(received, lost, { id: 'probes', ssrc: 1234 });
    expect(between([inbound(1000, 0), probes(8, 0)], [inbound(1100, 0), probes(16, 40)]).lossIn).toBe(0);
  });

  it('calls the device busy if it is too slow to encode, not if the bandwidth limits a picture', () => {
    const sent = (qualityLimitationReason: string) => [
      { ...outbound(100), qualityLimitationReason },
      remote(0),
    ];
    expect(between(sent('none'), sent('cpu')).busy).toBe(true);
    expect(between(sent('cpu'), sent('bandwidth')).busy).toBe(false);
  });

  it.each([
    ['drops many frames that have arrived', true, { framesDecoded: 130, framesDropped: 20 }],
    ['decodes most of the time', true, { framesDecoded: 110, totalDecodeTime: 4.7 }],
    ['drops a frame now and then', false, { framesDecoded: 140, framesDropped: 2 }],
    ['receives nothing', false, {}],
  ])('calls the device busy if it %s: %s', (_what, busy, change) => {
    const picture = { totalFreezesDuration: 0, framesDecoded: 100, framesDropped: 0, totalDecodeTime: 3 };
    expect(between([inbound(1000, 0, picture)], [inbound(1100, 0, { ...picture, ...change })]).busy).toBe(
      busy,
    );
  });

  it('returns the round trip of the slower of two transports', () => {
    const looks = [0.05, 0.12].map((currentRoundTripTime) => ({
      before: null,
      now: look([pair({ currentRoundTripTime }), transport]),
    }));
    expect(networkSample(looks).rttMs).toBe(120);
  });

  it.each([
    [true, 'relay'],
    [false, 'srflx'],
  ])('says whether a TURN server relays the media: %s for %s', (relayed, candidateType) => {
    const local = { id: 'local', type: 'local-candidate', candidateType, protocol: 'udp' };
    const now = look([pair({ localCandidateId: 'local' }), transport, local]);
    expect(networkSample([{ before: null, now }]).relayed).toBe(relayed);
  });

  it('has unknown values without a transport', () => {
    expect(networkSample([])).toEqual({
      rttMs: null,
      lossIn: null,
      lossOut: null,
      frozen: null,
      concealed: null,
      requested: null,
      busy: false,
      relayed: false,
    });
  });
});

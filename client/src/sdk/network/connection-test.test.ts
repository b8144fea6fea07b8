import type { ProbePath } from '@televisit/shared/vocabulary';
import { FakeHandler, testFakeParameters, type types } from 'mediasoup-client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { VisitError } from '../core/errors.ts';
import { consumerParameters, loadedDevice } from '../testing/fakes.ts';
import { gradeOf, testConnection, type ConnectionTestOptions, type Grade } from './connection-test.ts';
import type { Row } from './transport-stats.ts';

const TURN: RTCIceServer = { urls: ['turn:turn.example:3478'], username: 'a', credential: 'b' };
const STUN: RTCIceServer = { urls: 'stun:stun.example:3478' };

/** The outcome of a path: it connects, fails, or never does either. */
type Fate = 'connected' | 'failed' | 'silent';

let device: types.Device;
let fates: Record<ProbePath, Fate>;
let rows: readonly Row[];
let transports: types.Transport[];
let settings: types.TransportOptions[];
let grades: Partial<Record<ProbePath, Grade>>;
let sent: string[];
let refusal: VisitError | null;

const signaling = {
  request: (message: string, payload: { path?: ProbePath }) => {
    sent.push(payload.path ? `${message} ${payload.path}` : message);
    if (refusal) return Promise.reject(refusal);
    if (message !== 'probe:open') return Promise.resolve(null);
    const { iceParameters, iceCandidates, dtlsParameters } =
      testFakeParameters.generateTransportRemoteParameters();
    return Promise.resolve({
      transport: { id: payload.path, iceParameters, iceCandidates, dtlsParameters },
      consumer: consumerParameters('c0', null, null),
    });
  },
  send: (message: string) => void sent.push(message),
} as unknown as ConnectionTestOptions['signaling'];

const test = (change: Partial<ConnectionTestOptions> = {}) =>
  testConnection({
    device,
    signaling,
    iceServers: [STUN, TURN],
    onGrade: (path, grade) => (grades[path] = grade),
    patienceMs: 50,
    measureMs: 0,
    ...change,
  });

beforeEach(async () => {
  device = await loadedDevice();
  fates = { udp: 'connected', tcp: 'connected', turn: 'connected' };
  rows = [];
  transports = [];
  settings = [];
  grades = {};
  sent = [];
  refusal = null;
  const create = device.createRecvTransport.bind(device);
  vi.spyOn(device, 'createRecvTransport').mockImplementation((options) => {
    const transport = create(options);
    transports.push(transport);
    settings.push(options);
    vi.spyOn(transport, 'getStats').mockImplementation(() =>
      Promise.resolve(new Map(rows.map((row) => [row.id, row])) as unknown as RTCStatsReport),
    );
    const fate = fates[options.id as ProbePath];
    const { handler } = transport;
    if (fate !== 'silent' && handler instanceof FakeHandler) {
      queueMicrotask(() => handler.setConnectionState(fate));
    }
    return transport;
  });
});

describe('testConnection()', () => {
  it('tests all paths in parallel, reports each grade once, and closes everything', async () => {
    const onGrade = vi.fn();
    await test({ onGrade });
    expect(onGrade.mock.calls.sort()).toEqual([
      ['tcp', 'good'],
      ['turn', 'good'],
      ['udp', 'good'],
    ]);
    expect(sent.slice(0, 3).sort()).toEqual(['probe:open tcp', 'probe:open turn', 'probe:open udp']);
    expect(sent.at(-1)).toBe('probe:close');
    expect(transports).toHaveLength(3);
    for (const transport of transports) expect(transport.closed).toBe(true);
  });

  it('connects directly for udp and tcp, and only through a relay for turn', async () => {
    await test();
    const of = (path: ProbePath) => settings.find(({ id }) => id === path);
    for (const path of ['udp', 'tcp'] as const) {
      expect(of(path)).toMatchObject({ iceServers: [], iceTransportPolicy: 'all' });
    }
    expect(of('turn')).toMatchObject({ iceServers: [TURN], iceTransportPolicy: 'relay' });
  });

  it('grades a path that fails or never connects as blocked, whatever the others do', async () => {
    fates = { udp: 'failed', tcp: 'connected', turn: 'silent' };
    await test();
    expect(grades).toEqual({ udp: 'blocked', tcp: 'good', turn: 'blocked' });
  });

  it('grades turn as unavailable without a TURN server, and does not test it', async () => {
    await test({ iceServers: [STUN] });
    expect(grades).toEqual({ udp: 'good', tcp: 'good', turn: 'unavailable' });
    expect(sent).not.toContain('probe:open turn');
  });

  it('grades a path with a long round trip as poor', async () => {
    rows = [
      { id: 'transport', type: 'transport', selectedCandidatePairId: 'pair' },
      { id: 'pair', type: 'candidate-pair', requestsSent: 6, responsesReceived: 6, totalRoundTripTime: 3 },
    ];
    await test();
    expect(grades).toEqual({ udp: 'poor', tcp: 'poor', turn: 'poor' });
  });

  it('throws and reports no grade when the server is unreachable', async () => {
    refusal = new VisitError('too_many_messages');
    await expect(test()).rejects.toMatchObject({ code: 'too_many_messages' });
    expect(grades).toEqual({});
    expect(transports).toEqual([]);
  });

  it('ends at once when aborted, without a grade or a transport', async () => {
    fates = { udp: 'silent', tcp: 'silent', turn: 'silent' };
    const abort = new AbortController();
    const testing = test({ signal: abort.signal, patienceMs: 60_000 });
    await vi.waitFor(() => expect(transports).toHaveLength(3));
    abort.abort();
    await testing;
    expect(grades).toEqual({});
    for (const transport of transports) expect(transport.closed).toBe(true);
  });
});

describe('gradeOf()', () => {
  const fine = { connectMs: 100, rttMs: 40, sent: 6, answered: 6 };

  it.each([
    ['all is well', {}, 'good'],
    ['the last check is on its way', { answered: 5 }, 'good'],
    ['the browser tells nothing', { rttMs: null, sent: null, answered: null }, 'good'],
    ['checks are lost', { answered: 3 }, 'poor'],
    ['the round trip is long', { rttMs: 400 }, 'poor'],
    ['the handshake took long', { connectMs: 3000 }, 'poor'],
  ] as const)('where %s', (_what, change, grade) => {
    expect(gradeOf({ ...fine, ...change })).toBe(grade);
  });
});

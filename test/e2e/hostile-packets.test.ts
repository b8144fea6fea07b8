import { createSocket } from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostilePacket } from '../support/abuse/packet-attacks.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();
const framesOf = async (one: Visitor, userId: string) => (await one.receivedFrom(userId)).frames;

/** Sends malformed packets to the port of media until the test ends; returns how many it has sent. */
async function attack(sessionId: string): Promise<() => number> {
  const client = await ProtocolClient.open(site.server, sessionId, 'doctor');
  const { receiveTransport } = await client.prepare();
  const candidates = receiveTransport.iceCandidates as {
    ip?: string;
    address?: string;
    protocol: string;
    port: number;
  }[];
  const { port, address = '127.0.0.1' } = candidates.find(({ protocol }) => protocol === 'udp')!;
  client.socket.disconnect();
  const socket = createSocket('udp4');
  let sent = 0;
  const timer = setInterval(() => {
    for (let index = 0; index < 20; index++) socket.send(hostilePacket((sent += 1)), port, address);
  }, 10);
  onTestFinished(() => {
    clearInterval(timer);
    socket.close();
  });
  return () => sent;
}

describe('malformed packets from an address without credentials', () => {
  it('2,000 a second keep nobody from connecting, and no picture from arriving', async () => {
    const { sessionId } = await site.server.createVisit();
    const [node] = site.server.televisit.nodes.values();
    const before = [...(node?.workers ?? [])];
    const sent = await attack(sessionId);
    await expect.poll(sent).toBeGreaterThan(100);
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await site.joinAs(sessionId, 'patient');
    for (const [one, other] of [
      [doctor, 'patient'],
      [patient, 'doctor'],
    ] as const) {
      await expect.poll(() => framesOf(one, other)).toBeGreaterThan(0);
      const [frames, packets] = [await framesOf(one, other), sent()];
      await expect.poll(() => framesOf(one, other)).toBeGreaterThan(frames + 30);
      expect(sent()).toBeGreaterThan(packets + 100);
    }
    // No worker died and was replaced.
    const after = [...(node?.workers ?? [])];
    expect(after.map((worker) => before.indexOf(worker))).toEqual(before.map((_, index) => index));
  });
});

/** Lets the page tell the server another fingerprint, if `isTrue` is false, than that of its certificate. */
const tellFingerprint = (isTrue: boolean) => `
  const { prototype } = RTCPeerConnection;
  const { createOffer, createAnswer, setLocalDescription } = prototype;
  const originals = new Map();
  globalThis.connections = new Set();
  const told = ({ type, sdp }) => {
    const other = sdp.replaceAll(/(a=fingerprint:sha-256 )(..)/g, (_, name, byte) =>
      name + (${isTrue} ? byte : byte === 'AA' ? 'BB' : 'AA'));
    originals.set(other, sdp);
    return { type, sdp: other };
  };
  prototype.createOffer = async function (options) { return told(await createOffer.call(this, options)); };
  prototype.createAnswer = async function () { return told(await createAnswer.call(this)); };
  // The browser accepts only the fingerprint of its certificate.
  prototype.setLocalDescription = function (description) {
    connections.add(this);
    const sdp = originals.get(description?.sdp);
    return setLocalDescription.call(this, sdp ? { type: description.type, sdp } : description);
  };`;

/** Returns the states of DTLS of the page's connections, of those that have begun it. */
const dtlsStates = ({ page }: Visitor) =>
  page.evaluate(async () => {
    const { connections } = globalThis as unknown as { connections: Set<RTCPeerConnection> };
    const reports = await Promise.all([...connections].map((connection) => connection.getStats()));
    const stats = reports.flatMap((report) => [...report.values()] as { dtlsState?: string }[]);
    return stats.flatMap(({ dtlsState }) =>
      dtlsState === undefined || dtlsState === 'new' ? [] : [dtlsState],
    );
  });

describe('the fingerprint in the signaling', () => {
  it.each([
    ['that of another certificate', 'neither sends nor receives', false],
    ['that of their certificate', 'sends and receives', true],
  ])('a participant whose page tells the server %s %s media', async (_told, _then, isTrue) => {
    const { sessionId } = await site.server.createVisit();
    const doctor = await site.joinAs(sessionId, 'doctor');
    const patient = await site.openAs(sessionId, 'patient');
    await patient.page.addInitScript({ content: tellFingerprint(isTrue) });
    await patient.page.reload();
    await patient.byTestId('join-button').click();
    await doctor.tileOf('patient').waitFor();
    if (isTrue) {
      await expect.poll(() => framesOf(doctor, 'patient')).toBeGreaterThan(0);
      await expect.poll(() => framesOf(patient, 'doctor')).toBeGreaterThan(0);
      expect(await dtlsStates(patient)).toEqual(['connected', 'connected']);
      return;
    }
    await expect.poll(async () => (await dtlsStates(patient)).join()).toMatch(/^(closed|failed)$/);
    expect(await doctor.receivedFrom('patient')).toEqual({ frames: 0, energy: 0 });
    expect(await patient.receivedFrom('doctor')).toEqual({ frames: 0, energy: 0 });
  });
});

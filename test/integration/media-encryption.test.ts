import { execFileSync } from 'node:child_process';
import { MediaView } from '@televisit/server/media/testing/media-view';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostilePacket, rtpPacket } from '../support/abuse/packet-attacks.ts';
import { DtlsParticipant } from '../support/clients/dtls-participant.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';

const SSRC = 4711;
const MICROPHONE = {
  mid: '0',
  codecs: [{ mimeType: 'audio/opus', payloadType: 96, clockRate: 48000, channels: 2 }],
  headerExtensions: [],
  encodings: [{ ssrc: SSRC }],
  rtcp: { cname: 'test' },
};

/** Starts a server and a participant whose handshake OpenSSL performs with these options. */
async function participant(options?: readonly string[]) {
  const view = new MediaView();
  const server = await startServer();
  const { sessionId } = await server.createVisit();
  const client = await ProtocolClient.open(server, sessionId, 'patient');
  const dtls = await DtlsParticipant.connect(client, options);
  onTestFinished(() => dtls.close());
  return { view, server, sessionId, client, dtls };
}

/** Returns the fingerprints of the server's certificate that signaling names. */
function namedFingerprints({ prepared }: ProtocolClient): string[] {
  const { dtlsParameters } = prepared!.sendTransport as unknown as {
    readonly dtlsParameters: { readonly fingerprints: { algorithm: string; value: string }[] };
  };
  return dtlsParameters.fingerprints
    .filter(({ algorithm }) => algorithm === 'sha-256')
    .map(({ value }) => value);
}

describe('the DTLS certificate', () => {
  it('is the one that signaling names, another for each server, and its key is in no file', async () => {
    const [one, other] = [await participant(), await participant()];
    for (const { client, dtls, server } of [one, other]) {
      await expect.poll(() => dtls.hasConnected).toBe(true);
      expect(namedFingerprints(client)).toEqual([dtls.serverFingerprint]);
      // grep answers with 1 if it finds nothing.
      const search = () => execFileSync('grep', ['-rlE', 'PRIVATE KEY', server.dataDir], { stdio: 'pipe' });
      expect(search).toThrow(expect.objectContaining({ status: 1 }) as Error);
    }
    expect(one.dtls.serverFingerprint).not.toBe(other.dtls.serverFingerprint);
  });
});

describe('the DTLS handshake', () => {
  const GCM = 'SRTP_AEAD_AES_256_GCM';

  it('ends with DTLS 1.2, a cipher suite with forward secrecy and AES-256-GCM for SRTP', async () => {
    const { dtls } = await participant(['-dtls', '-use_srtp', `SRTP_AES128_CM_SHA1_80:${GCM}`]);
    await expect.poll(() => dtls.hasConnected).toBe(true);
    expect(dtls.output).toMatch(/Protocol\s*:\s*DTLSv1\.2/);
    expect(dtls.output).toMatch(/Cipher is ECDHE-ECDSA-\S+/);
    expect(dtls.output).toContain(`SRTP Extension negotiated, profile=${GCM}`);
  });

  it.each([
    ['DTLS 1.0', ['-dtls1', '-cipher', 'ALL@SECLEVEL=0']],
    ['no encryption', ['-dtls1_2', '-cipher', 'eNULL@SECLEVEL=0']],
    ['no authentication', ['-dtls1_2', '-cipher', 'aNULL@SECLEVEL=0']],
    ['keys without forward secrecy', ['-dtls1_2', '-cipher', 'kRSA@SECLEVEL=0']],
    ['pre-shared keys', ['-dtls1_2', '-psk', '00112233', '-cipher', 'PSK@SECLEVEL=0']],
  ])('a client that offers only %s is refused', async (_, options) => {
    const { dtls } = await participant([...options, '-use_srtp', GCM]);
    await expect.poll(() => dtls.hasFailed, { timeout: 60_000 }).toBe(true);
    // The server's alert, not a refusal of this machine's OpenSSL to offer it.
    expect(dtls.output).toMatch(/SSL alert number \d+/);
  });
});

describe('SRTP packets', () => {
  /** Connects and creates a microphone. */
  async function sending() {
    const one = await participant();
    await expect.poll(() => one.dtls.hasConnected).toBe(true);
    const transportId = one.client.prepared!.sendTransport.id;
    const { producerId } = await one.client.request('producer:create', {
      transportId,
      source: 'microphone',
      rtpParameters: MICROPHONE,
      paused: false,
    });
    const received = async () =>
      (await one.view.producers.get(producerId)!.getStats()).reduce(
        (sum, { packetCount }) => sum + packetCount,
        0,
      );
    return { ...one, received, srtp: one.dtls.srtp() };
  }

  it('are received only if they are authentic: changed and unencrypted ones are dropped', async () => {
    const { dtls, received, srtp } = await sending();
    let sequence = 1;
    const authentic = () => srtp.protect(rtpPacket(sequence++, SSRC));
    for (let index = 0; index < 20; index++) dtls.send(authentic());
    await expect.poll(received).toBe(20);
    for (const at of [1, 5, 20, 500, -1]) {
      const changed = authentic();
      const place = at < 0 ? changed.length + at : at;
      changed[place] = (changed[place] ?? 0) ^ 1;
      dtls.send(changed);
    }
    dtls.send(rtpPacket(sequence++, SSRC));
    for (let index = 0; index < 10; index++) dtls.send(authentic());
    await expect.poll(received).toBe(30);
  });

  it('that are malformed, 20,000 of them by a participant, end neither the worker nor their own stream', async () => {
    const { dtls, received, srtp, server } = await sending();
    const [node] = server.televisit.nodes.values();
    const before = [...(node?.workers ?? [])];
    dtls.send(srtp.protect(rtpPacket(1, SSRC)));
    await expect.poll(received).toBe(1);
    for (let index = 0; index < 20_000; index++) {
      // From the address of a participant, DTLS records would go to the end of the handshake.
      const kind = index % 3 === 0 ? 2 : index % 3 === 1 ? 3 : 4;
      dtls.send(hostilePacket(index * 5 + kind));
      if (index % 100 === 0) await new Promise(setImmediate);
    }
    for (let sequence = 2; sequence <= 11; sequence++) dtls.send(srtp.protect(rtpPacket(sequence, SSRC)));
    await expect.poll(received).toBeGreaterThan(1);
    expect([...(node?.workers ?? [])]).toEqual(before);
  });
});

import { randomBytes } from 'node:crypto';
import type { RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import type { Role } from '@televisit/shared/vocabulary';
import { expect, onTestFinished } from 'vitest';
import type { Backend } from './backend.ts';
import { DtlsParticipant } from './dtls-participant.ts';
import { ProtocolClient } from './protocol-client.ts';

const SSRC = 4711;
/** 20,000 packets a second, if the machine is fast enough. */
const FLOOD_BATCH = 200;
const FLOOD_MS = 10;
/** The length of a packet of sound, in milliseconds. */
export const PACKET_MS = 20;

/** A participant whose microphone sends real packets without a browser. */
export class Speaker {
  readonly client: ProtocolClient;
  readonly #dtls: DtlsParticipant;

  private constructor(client: ProtocolClient, dtls: DtlsParticipant) {
    this.client = client;
    this.#dtls = dtls;
  }

  /** Joins without sending anything; leaves after the test. */
  static async join(server: Backend, sessionId: string, role: Role): Promise<Speaker> {
    const client = await ProtocolClient.open(server, sessionId, role);
    const dtls = await DtlsParticipant.connect(client);
    onTestFinished(() => dtls.close());
    await expect.poll(() => dtls.hasConnected, { timeout: 10_000 }).toBe(true);
    await client.joinLive([]);
    return new Speaker(client, dtls);
  }

  /** Switches the microphone on, which sends the sound again and again until the test is over. */
  async speak({ codec, packets }: RtpRecording): Promise<void> {
    const began = performance.now();
    const microphone = await this.#microphone(codec);
    let sent = 0;
    const timer = setInterval(() => {
      for (; sent * PACKET_MS < performance.now() - began; sent++) {
        microphone.send(sent, packets[sent % packets.length]!.payload);
      }
    }, 5);
    onTestFinished(() => clearInterval(timer));
  }

  /** Switches the microphone on, which sends authentic packets with noise, 20 times as large and 400 times as often as speech. */
  async flood({ codec }: RtpRecording, count: number): Promise<void> {
    const microphone = await this.#microphone(codec);
    const noise = randomBytes(1000);
    for (let sent = 0; sent < count;) {
      for (const end = sent + FLOOD_BATCH; sent < end; sent++) microphone.send(sent, noise);
      await new Promise((resolve) => setTimeout(resolve, FLOOD_MS));
    }
  }

  async #microphone({ mimeType, clockRate, channels = 2, payloadType }: RtpRecording['codec']) {
    const rtpParameters = {
      mid: '0',
      codecs: [{ mimeType, clockRate, channels, payloadType }],
      headerExtensions: [],
      encodings: [{ ssrc: SSRC }],
      rtcp: { cname: 'speaker' },
    };
    const transportId = this.client.prepared!.sendTransport.id;
    await this.client.request('producer:create', {
      transportId,
      source: 'microphone',
      rtpParameters,
      paused: false,
    });
    const srtp = this.#dtls.srtp();
    const send = (index: number, payload: Buffer) => {
      const header = Buffer.alloc(12);
      header.writeUInt8(0x80, 0);
      header.writeUInt8(payloadType, 1);
      header.writeUInt16BE(index & 0xffff, 2);
      header.writeUInt32BE(((index * PACKET_MS * clockRate) / 1000) % 2 ** 32, 4);
      header.writeUInt32BE(SSRC, 8);
      this.#dtls.send(srtp.protect(Buffer.concat([header, payload])));
    };
    return { send };
  }
}

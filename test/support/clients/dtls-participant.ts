import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder, removeFolder } from '../infra/temporary-folder.ts';
import { until } from '../infra/until.ts';
import type { ProtocolClient } from './protocol-client.ts';
import { Srtp } from './srtp.ts';
import { connectivityCheck } from './stun.ts';

const KEY_BYTES = 32;
const SALT_BYTES = 12;
/** Both keys and both salts of AES-256-GCM (RFC 5764, 4.2; RFC 7714, 12). */
const MATERIAL_BYTES = 2 * (KEY_BYTES + SALT_BYTES);
const MODERN = ['-dtls1_2', '-use_srtp', 'SRTP_AEAD_AES_256_GCM'];

interface SendTransport {
  readonly id: string;
  readonly iceParameters: { readonly usernameFragment: string; readonly password: string };
  readonly iceCandidates: readonly {
    readonly protocol: string;
    readonly port: number;
    readonly address?: string;
    readonly ip?: string;
  }[];
}

/**
 * A participant's send transport with real packets and without a browser: ICE by this process, DTLS by OpenSSL, whose options say
 * what it offers, and SRTP with the keys that both have agreed on.
 */
export class DtlsParticipant {
  readonly #media: Socket;
  readonly #relay: Socket;
  readonly #openssl: ChildProcess;
  readonly #folder: string;
  readonly #to: { readonly port: number; readonly address: string };
  #output = '';

  private constructor(
    media: Socket,
    relay: Socket,
    openssl: ChildProcess,
    folder: string,
    to: { readonly port: number; readonly address: string },
  ) {
    this.#media = media;
    this.#relay = relay;
    this.#openssl = openssl;
    this.#folder = folder;
    this.#to = to;
    for (const stream of [openssl.stdout, openssl.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  /** Begins the handshake of DTLS on the path that ICE has verified. Closed by the caller. */
  static async connect(
    client: ProtocolClient,
    options: readonly string[] = MODERN,
  ): Promise<DtlsParticipant> {
    const { sendTransport } = client.prepared ?? (await client.prepare());
    const { id, iceParameters, iceCandidates } = sendTransport as unknown as SendTransport;
    const { port, address, ip } = iceCandidates.find(({ protocol }) => protocol === 'udp')!;
    const to = { port, address: address ?? ip ?? '127.0.0.1' };
    const folder = makeTemporaryFolder();
    const { key, certificate, fingerprint } = newCertificate(folder);
    await client.request('transport:connect', {
      transportId: id,
      dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
    });
    const media = await bound();
    const relay = await bound();
    let peer = 0;
    let isVerified = false;
    media.on('message', (packet) => {
      if (isDtls(packet)) {
        if (peer !== 0) relay.send(packet, peer, '127.0.0.1');
      } else if (packet.readUInt16BE(0) === 0x0101) isVerified = true;
    });
    relay.on('message', (packet, { port: from }) => {
      peer = from;
      media.send(packet, to.port, to.address);
    });
    media.send(
      connectivityCheck(`${iceParameters.usernameFragment}:test`, iceParameters.password),
      to.port,
      to.address,
    );
    await until('ICE verifies the path', () => isVerified);
    const openssl = spawn('openssl', [
      ...['s_client', '-connect', `127.0.0.1:${relay.address().port}`, '-cert', certificate, '-key', key],
      ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(MATERIAL_BYTES), ...options],
    ]);
    return new DtlsParticipant(media, relay, openssl, folder, to);
  }

  /** What OpenSSL has written so far: certificate, cipher suite, profile of SRTP, errors. */
  get output(): string {
    return this.#output;
  }

  get hasConnected(): boolean {
    return /Keying material: [0-9A-F]+/.test(this.#output);
  }

  /** Whether OpenSSL has given up. */
  get hasFailed(): boolean {
    return this.#openssl.exitCode !== null && !this.hasConnected;
  }

  /** The SHA-256 of the server's certificate, as signaling writes it. */
  get serverFingerprint(): string {
    const [pem = ''] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(this.#output) ?? [];
    return new X509Certificate(pem).fingerprint256;
  }

  /** Returns what encrypts the packets of this participant. @throws {Error} before the handshake has ended */
  srtp(): Srtp {
    const [, hex = ''] = /Keying material: ([0-9A-F]+)/.exec(this.#output) ?? [];
    const material = Buffer.from(hex, 'hex');
    if (material.length !== MATERIAL_BYTES) throw new Error('The handshake has not ended.');
    // Client key, server key, client salt, server salt (RFC 5764, 4.2).
    const salt = material.subarray(2 * KEY_BYTES, 2 * KEY_BYTES + SALT_BYTES);
    return new Srtp(Buffer.concat([material.subarray(0, KEY_BYTES), salt]));
  }

  /** Sends bytes from the verified address to the port of media. */
  send(packet: Buffer): void {
    this.#media.send(packet, this.#to.port, this.#to.address);
  }

  close(): void {
    this.#openssl.kill('SIGKILL');
    this.#media.close();
    this.#relay.close();
    removeFolder(this.#folder);
  }
}

/** RFC 7983, 7. */
function isDtls(packet: Buffer): boolean {
  return (packet[0] ?? 0) >= 20 && (packet[0] ?? 0) <= 63;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function newCertificate(folder: string) {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
      ...['-subj', '/CN=participant', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return { key, certificate, fingerprint: new X509Certificate(readFileSync(certificate)).fingerprint256 };
}

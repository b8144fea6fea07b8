import { connect, type PeerCertificate } from 'node:tls';

export interface CertificateOptions {
  /** The longest time to wait for it, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether it must be valid for the host, and an authority of this machine vouch for it. */
  readonly trusted: boolean;
}

/**
 * Returns the certificate that an https address presents.
 * @throws if there is no answer in time, or a `trusted` certificate is wanted and this one is not
 */
export function certificateOf(
  { hostname, port }: URL,
  { timeoutMs, trusted }: CertificateOptions,
): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const options = { host, port: Number(port || 443), servername: host, rejectUnauthorized: trusted };
    const socket = connect({ ...options, timeout: timeoutMs }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    socket.once('error', reject);
  });
}

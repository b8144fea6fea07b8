import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { randomBytes } from 'node:crypto';
import { SIGNALING_PATH } from '@televisit/shared/vocabulary';
import { certificateOf } from '../core/certificate.ts';
import { attempt, CheckFailure, failed, type Finding, type Subject } from './finding.ts';
import { skew } from './services.ts';

const DEADLINE_MS = 6_000;
const DAY_MS = 86_400_000;
/** Certificates are usually renewed 30 days before they expire: fewer left means that renewal failed. */
const RENEWED_DAYS = 14;

/** What a check of the public address needs. */
export interface PublicUrlOptions {
  /** Without a trailing slash; null in development. */
  readonly url: string | null;
  readonly now: () => number;
}

/** The public address: certificate, server behind it, WebSockets through all proxies, and the clock. */
export function publicUrl({ url, now }: PublicUrlOptions): Subject {
  return {
    name: 'address',
    check: async () => {
      if (url === null) return [];
      const target = new URL(url);
      const findings: Finding[] = [await checkCertificate(target, now)];
      findings.push(
        await attempt(`${url}/healthz`, 'Start the server, and check the proxy in front of it.', async () => {
          const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) });
          if (!response.ok) throw new Error(`answers ${response.status}`);
          return 'answers';
        }),
      );
      if (findings.some(({ ok }) => !ok)) return findings;
      findings.push(
        await attempt('WebSockets', 'Let the proxy pass on Upgrade (docs/OPERATIONS.md).', () =>
          openWebSocket(target),
        ),
        await attempt('clock of the address', '', async () => {
          const sent = now();
          const { headers } = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) });
          // The header has whole seconds.
          return skew(Date.parse(headers.get('date') ?? ''), sent - 1000, now());
        }),
      );
      return findings;
    },
  };
}

async function checkCertificate(url: URL, now: () => number): Promise<Finding> {
  if (url.protocol === 'http:') {
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    if (isLocal) return { name: 'certificate', ok: true, detail: 'none on this machine', note: true };
    return failed(
      'certificate',
      'CLIENT_BASE_URL begins with http:, and browsers open no camera there',
      'Put a proxy with a certificate in front of the server, and use https:.',
    );
  }
  return attempt('certificate', 'Renew it, with its whole chain.', async () => {
    const { valid_to: until } = await certificateOf(url, { timeoutMs: DEADLINE_MS, trusted: true });
    const days = Math.floor((Date.parse(until) - now()) / DAY_MS);
    if (days >= RENEWED_DAYS) return `valid for ${days} days`;
    throw new CheckFailure(`expires in ${days} days`, 'Find out why it was not renewed.');
  });
}

/** Opens the WebSocket of the signaling (RFC 6455), and closes it. */
function openWebSocket(url: URL): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const path = `${url.pathname.replace(/\/$/, '')}${SIGNALING_PATH}/?EIO=4&transport=websocket`;
  const request = open(new URL(path, url), {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    },
    timeout: DEADLINE_MS,
  });
  request.once('upgrade', (_response, socket) => {
    socket.destroy();
    resolve('pass');
  });
  request.once('response', (response) => {
    response.resume();
    reject(
      new Error(`the answer to Upgrade is ${response.statusCode}: participants fall back to long polling`),
    );
  });
  request.once('timeout', () => request.destroy(new Error('no answer to Upgrade')));
  request.once('error', reject);
  request.end();
  return promise;
}

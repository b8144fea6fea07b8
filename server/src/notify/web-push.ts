import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { PushSubscription } from '../domain/push-store.ts';
import type { AllowedHost } from '../webhooks/address-guard.ts';
import { SendError } from '../webhooks/send-error.ts';
import type { HttpWebhookSender } from '../webhooks/sender.ts';
import type { Answer, Notifier, OutgoingPush } from './notifier.ts';
import { VapidSigner, type VapidIdentity } from './vapid.ts';
import { encryptForBrowser } from './web-push-encryption.ts';

export interface WebPushSettings extends VapidIdentity {
  /** Push services beside those of the known browsers, which may use http and private addresses. */
  readonly allowedHosts: readonly AllowedHost[];
}

export interface WebPushOptions {
  readonly settings: WebPushSettings;
  readonly sender: Pick<HttpWebhookSender, 'send' | 'close'>;
  readonly clock: Clock;
}

/** The push services of Chrome, Edge and their relatives, Firefox and Safari. */
const KNOWN_HOSTS =
  /^(fcm\.googleapis\.com|android\.googleapis\.com|([\w-]+\.)*push\.services\.mozilla\.com|([\w-]+\.)*push\.apple\.com|([\w-]+\.)*notify\.windows\.com)$/;
/** The subscription is gone (RFC 8030, 7.3; 404 after it expired). */
const GONE: readonly number[] = [404, 410];

/**
 * Whether this server sends to an endpoint. Browsers name it, so anything else could be an address inside the operator's network
 * or a third party's server.
 */
export function isPushService(endpoint: string, allowed: readonly AllowedHost[]): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { protocol, hostname, port, username, password } = new URL(endpoint);
  if (username || password) return false;
  if (protocol === 'https:' && port === '' && KNOWN_HOSTS.test(hostname)) return true;
  const actual = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return (
    /^https?:$/.test(protocol) &&
    allowed.some((host) => host.hostname === hostname && (host.port === null || host.port === actual))
  );
}

/** Sends push messages to browsers (RFC 8030), encrypted (RFC 8291) and with the identity of this server (RFC 8292). */
export class WebPushNotifier implements Notifier<OutgoingPush> {
  readonly #options: WebPushOptions;
  readonly #signer: VapidSigner;

  constructor(options: WebPushOptions) {
    this.#options = options;
    this.#signer = new VapidSigner(options.settings);
  }

  async send({ to, payload, expiresAt, urgent }: OutgoingPush): Promise<Answer> {
    const { settings, sender, clock } = this.#options;
    if (!isPushService(to.endpoint, settings.allowedHosts)) {
      return { outcome: 'refused', permanent: true, code: 'push_endpoint' };
    }
    const now = clock.now();
    try {
      const { status, retryAfterMs } = await sender.send({
        url: to.endpoint,
        headers: {
          Authorization: this.#signer.authorization(new URL(to.endpoint), now),
          'Content-Type': 'application/octet-stream',
          'Content-Encoding': 'aes128gcm',
          TTL: String(Math.max(0, Math.floor((expiresAt - now) / 1000))),
          Urgency: urgent ? 'high' : 'normal',
          Topic: topicOf(to),
        },
        body: encryptForBrowser(Buffer.from(JSON.stringify(payload)), to),
      });
      return answerOf(status, retryAfterMs);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      // A message that arrives twice replaces itself, by its topic or by its tag in the browser.
      return { outcome: 'retry', afterMs: null, code: error.code, certain: false };
    }
  }

  close(): void {
    this.#options.sender.close();
  }
}

function answerOf(status: number, afterMs: number | null): Answer {
  if (status >= 200 && status < 300) return { outcome: 'accepted', providerId: null };
  if (GONE.includes(status)) return { outcome: 'refused', permanent: true, code: 'gone' };
  if (status === 408 || status === 429 || status >= 500) {
    return { outcome: 'retry', afterMs, code: String(status), certain: true };
  }
  return { outcome: 'refused', permanent: false, code: String(status) };
}

/** Returns the topic of all messages to a person about a visit: a newer one replaces those not delivered yet (RFC 8030, 5.4). */
function topicOf({ sessionId, seat }: PushSubscription): string {
  return createHash('sha256').update(`${sessionId}.${seat}`).digest('base64url').slice(0, 32);
}

import { z } from 'zod';
import { iso, type Clock } from '../core/clock.ts';
import type { HttpWebhookSender } from '../webhooks/sender.ts';
import { SendError } from '../webhooks/send-error.ts';
import { signedHeaders } from '../webhooks/signature.ts';
import { OPTED_OUT, type Answer, type Notifier, type OutgoingSms } from './notifier.ts';

/** An SMS gateway that speaks the protocol of docs/INTEGRATION.md. */
export interface GatewaySettings {
  readonly provider: 'http';
  readonly url: string;
  /** The first one signs; all of them verify reports. */
  readonly secrets: readonly [string, ...string[]];
}

export interface GatewayOptions {
  readonly settings: GatewaySettings;
  readonly sender: Pick<HttpWebhookSender, 'send' | 'close'>;
  readonly clock: Clock;
}

/** Statuses by which the gateway refuses the message itself; anything else may work later. */
const REFUSALS: readonly number[] = [400, 409, 410, 413, 422];

const answerBody = z.object({
  id: z.string().max(200).optional(),
  code: z
    .string()
    .regex(/^[\w.-]{1,40}$/)
    .optional(),
});

/**
 * Hands text messages to an HTTP gateway as signed JSON (Standard Webhooks). `webhook-id` is the same in every attempt, so that
 * the gateway can recognize a repetition.
 */
export class GatewayNotifier implements Notifier<OutgoingSms> {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  async send({ to, text, key, expiresAt }: OutgoingSms): Promise<Answer> {
    const { settings, sender, clock } = this.#options;
    const body = JSON.stringify({ type: 'sms.send', to, text, expiresAt: iso(expiresAt) });
    try {
      const { status, retryAfterMs, excerpt } = await sender.send({
        url: settings.url,
        headers: signedHeaders(settings.secrets, key, clock.now(), body),
        body,
      });
      const { id, code } = parse(excerpt);
      if (status >= 200 && status < 300) return { outcome: 'accepted', providerId: id ?? null };
      if (code === OPTED_OUT) return { outcome: 'refused', permanent: true, code };
      if (REFUSALS.includes(status)) {
        return { outcome: 'refused', permanent: false, code: code ?? String(status) };
      }
      const certain = status === 429 || status === 503;
      return { outcome: 'retry', afterMs: retryAfterMs, code: code ?? String(status), certain };
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      return { outcome: 'retry', afterMs: null, code: error.code, certain: false };
    }
  }

  close(): void {
    this.#options.sender.close();
  }
}

function parse(text: string): z.infer<typeof answerBody> {
  try {
    return answerBody.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

import { NINE } from '../../domain/testing/sessions.ts';
import type { WebhookEndpoint } from '../../domain/webhook-store.ts';

/** The secret of all endpoints of tests. */
export const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

/** Returns an endpoint that wants all events. */
export function endpoint(endpointId: string, changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
  return {
    endpointId,
    url: `https://${endpointId}.test/`,
    description: null,
    events: null,
    secrets: [{ secret: SECRET, validUntil: null }],
    enabled: true,
    disabledReason: null,
    source: 'api',
    createdAt: NINE,
    updatedAt: NINE,
    version: 1,
    ...changes,
  };
}

import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../domain/events.ts';
import { BACKEND, NINE } from '../domain/testing/sessions.ts';
import type { WebhookEndpoint } from '../domain/webhook-store.ts';
import { CLOCK_SKEW_MS, deliveriesOf } from './dispatcher.ts';
import { endpoint } from './testing/endpoints.ts';

const created: SessionEvent = { type: 'session.created', nodeId: 'sfu-1', seq: 1, at: NINE, by: BACKEND };
const started: SessionEvent = { type: 'meeting.started', seq: 2, at: NINE, by: BACKEND };
const locked: SessionEvent = { type: 'room.locked', seq: 3, at: NINE, by: BACKEND };

function ids(endpoints: WebhookEndpoint[], events = [created, started, locked]): string[] {
  const unsent = { sessionId: 'sess_1', events, upTo: 3 };
  return deliveriesOf(unsent, endpoints, NINE + 1).map(({ deliveryId }) => deliveryId);
}

describe('deliveriesOf', () => {
  it('returns one for each published event and endpoint, with stable ids', () => {
    expect(ids([endpoint('a'), endpoint('b')])).toEqual([
      'evt_sess_1_1.a',
      'evt_sess_1_1.b',
      'evt_sess_1_2.a',
      'evt_sess_1_2.b',
    ]);
  });

  it('omits events that the endpoint does not want or that are only for the audit log', () => {
    expect(ids([endpoint('a', { events: ['meeting.started', 'room.locked'] })])).toEqual(['evt_sess_1_2.a']);
    expect(ids([endpoint('a', { events: [] })])).toEqual([]);
    expect(ids([endpoint('a')], [locked])).toEqual([]);
  });

  it('includes disabled endpoints', () => {
    expect(ids([endpoint('a', { enabled: false, disabledReason: 'gone' })])).toHaveLength(2);
  });

  it('omits events from before the creation of the endpoint, except for the clock skew', () => {
    expect(ids([endpoint('a', { createdAt: NINE + CLOCK_SKEW_MS })])).toHaveLength(2);
    expect(ids([endpoint('a', { createdAt: NINE + CLOCK_SKEW_MS + 1 })])).toEqual([]);
  });

  it('returns deliveries that are pending and due at once', () => {
    expect(deliveriesOf({ sessionId: 's', events: [created], upTo: 1 }, [endpoint('a')], NINE + 1)).toEqual([
      {
        deliveryId: 'evt_s_1.a',
        endpointId: 'a',
        sessionId: 's',
        event: created,
        state: 'pending',
        since: NINE + 1,
        tries: 0,
        nextAttemptAt: NINE + 1,
        attempts: [],
      },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { WEBHOOK_EVENT_TYPES, webhookEvent, webhookEventId } from './webhooks.ts';

const EVENT = {
  id: webhookEventId('sess_1', 7),
  type: 'feedback.submitted',
  timestamp: '2026-01-31T08:00:00.000Z',
  sessionId: 'sess_1',
  appointmentId: 'appointment-1',
  sequence: 7,
  data: { userId: 'patient-7', role: 'patient', rating: 5 },
};

describe('webhookEvent', () => {
  it('parses an event by its type', () => {
    const event = webhookEvent.parse(EVENT);
    expect(event.type === 'feedback.submitted' && event.data.rating).toBe(5);
    expect(event.id).toBe('evt_sess_1_7');
  });

  it.each([
    ['an unknown type', { type: 'webhook.test' }],
    ['the data of another type', { type: 'meeting.started' }],
    ['a name', { data: { ...EVENT.data, displayName: 'Zoë' } }],
    ['what was said', { data: { ...EVENT.data, comment: 'Good.' } }],
    ['a time that is not in UTC', { timestamp: '2026-01-31T09:00:00+01:00' }],
    ['no sequence', { sequence: 0 }],
  ])('refuses %s', (_, changes) => {
    expect(webhookEvent.safeParse({ ...EVENT, ...changes }).success).toBe(false);
  });

  it('WEBHOOK_EVENT_TYPES lists every type once', () => {
    expect(new Set(WEBHOOK_EVENT_TYPES).size).toBe(WEBHOOK_EVENT_TYPES.length);
    expect(WEBHOOK_EVENT_TYPES).toContain('report.ready');
  });
});

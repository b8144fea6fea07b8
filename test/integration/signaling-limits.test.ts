import { describe, expect, it } from 'vitest';
import { FiveSeatVisit } from '../support/fixtures/five-seat-visit.ts';
import { Refused, type ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '../support/infra/manual-clock.ts';

/** The codes of many answers, each with how often it came; `ok` for a good one. */
async function codes(answers: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  await Promise.allSettled(answers);
  for (const answer of answers) {
    const code = await answer.then(
      () => 'ok',
      (error: unknown) => (error instanceof Refused ? error.code : 'no answer'),
    );
    counted[code] = (counted[code] ?? 0) + 1;
  }
  return counted;
}

let sent = 0;

const many = (count: number, send: (index: number) => Promise<unknown>) =>
  Array.from({ length: count }, (_, index) => send(index));

/** What came because of messages of others. */
const heard = (one: ProtocolClient) =>
  (['chat:message', 'reaction', 'participant:updated'] as const).flatMap((event) => one.received(event))
    .length;

describe('too many messages', () => {
  async function both() {
    const clock = new ManualClock(Date.now());
    const clinic = await FiveSeatVisit.open({ reactions: true }, { clock });
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    return { clock, clinic, doctor, patient };
  }

  it.each<[string, (one: ProtocolClient, index: number) => Promise<unknown>]>([
    ['chat', (one) => one.request('chat:send', { clientId: `c${(sent += 1)}`, text: 'Hello' })],
    ['reactions', (one) => one.request('reaction:send', { reaction: 'clap' })],
    ['hands', (one, index) => one.request('hand:set', { raised: index % 2 === 0 })],
    ['presence', (one, index) => one.request('presence:set', { away: index % 2 === 0 })],
    [
      'network levels',
      (one, index) => one.request('network:report', { level: index % 2 === 0 ? 'poor' : 'good' }),
    ],
  ])('of %s are refused after 20, the others hear no more, and the connection lives', async (_, send) => {
    const { clock, doctor, patient } = await both();
    expect(await codes(many(50, (index) => send(patient, index)))).toEqual({ ok: 20, too_many_messages: 30 });
    await expect.poll(() => heard(doctor)).toBe(20);
    expect(patient.socket.connected).toBe(true);
    clock.advance(1000);
    expect(await codes(many(50, (index) => send(patient, index)))).toEqual({ ok: 10, too_many_messages: 40 });
    await doctor.request('consumer:ready', { consumerIds: [] });
    expect(heard(doctor)).toBe(30);
  });

  it.each<[string, (one: ProtocolClient, index: number) => Promise<unknown>]>([
    ['locks', (one, index) => one.request('moderation:lock', { locked: index % 2 === 0 })],
    ['share rules', (one, index) => one.request('moderation:screen-share', { allowed: index % 2 === 0 })],
    ['requests to unmute', (one) => one.request('moderation:ask-unmute', { userId: 'patient' })],
    ['mutes', (one) => one.request('moderation:mute', { userId: 'patient', source: 'camera' })],
    ['notes', (one, index) => one.request('notes:set', { text: `${index}` })],
  ])('of a host (%s) are refused after 20', async (_, send) => {
    const { doctor } = await both();
    expect(await codes(many(25, (index) => send(doctor, index)))).toEqual({ ok: 20, too_many_messages: 5 });
  });

  it('that share a screen are refused after 10, and then each second one more', async () => {
    const { clock, patient } = await both();
    const share = () => patient.produce('screen', false);
    expect(await codes(many(15, share))).toEqual({ ok: 10, too_many_messages: 5 });
    // Cameras and microphones are no shares.
    await patient.produce('camera', false);
    clock.advance(1000);
    expect(await codes(many(3, share))).toEqual({ ok: 1, too_many_messages: 2 });
  });

  it('of all kinds are refused beyond what a page needs, be they good or not', async () => {
    const { clock, doctor, patient } = await both();
    clock.advance(10_000);
    const answers = await codes([
      ...many(120, () => patient.request('consumer:ready', { consumerIds: [] })),
      ...many(120, () => patient.send('nonsense', {})),
      ...many(60, () => patient.request('consumer:ready', { consumerIds: [] })),
    ]);
    expect(answers).toEqual({ ok: 120, unknown_event: 120, too_many_messages: 60 });
    expect(patient.socket.connected).toBe(true);
    clock.advance(1000);
    expect(await codes(many(100, () => patient.request('consumer:ready', { consumerIds: [] })))).toEqual({
      ok: 60,
      too_many_messages: 40,
    });
    // Everybody has their own measure.
    await doctor.request('chat:send', { clientId: 'a', text: 'Hello' });
  });

  it('that are refused reach nobody and change nothing', async () => {
    const { clinic, doctor, patient } = await both();
    await codes(many(20, () => patient.request('reaction:send', { reaction: 'sad' })));
    await expect(patient.request('hand:set', { raised: true })).rejects.toMatchObject({
      code: 'too_many_messages',
    });
    await expect(patient.request('chat:send', { clientId: 'a', text: 'x' })).rejects.toMatchObject({
      code: 'too_many_messages',
    });
    await doctor.request('consumer:ready', { consumerIds: [] });
    expect(doctor.received('chat:message')).toEqual([]);
    expect(doctor.received('participant:updated')).toEqual([]);
    expect((await clinic.session()).messages).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { TestVisit } from '../support/fixtures/visit.ts';
import { Refused, type ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';

/** Returns how often each error code came, with `ok` for a successful ack. */
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

/** Returns the events that messages of others caused. */
const heard = (one: ProtocolClient) =>
  (['chat:message', 'reaction', 'participant:updated'] as const).flatMap((event) => one.received(event))
    .length;

describe('too many messages', () => {
  async function both() {
    const clock = new ManualClock(Date.now());
    const visit = await TestVisit.ofFive({ reactions: true }, { clock });
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    return { clock, visit, doctor, patient };
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
  ])(
    'flooding with %s is refused after 20 messages, the others receive no more, and the connection stays open',
    async (_, send) => {
      const { clock, doctor, patient } = await both();
      expect(await codes(many(50, (index) => send(patient, index)))).toEqual({
        ok: 20,
        too_many_messages: 30,
      });
      await expect.poll(() => heard(doctor)).toBe(20);
      expect(patient.socket.connected).toBe(true);
      clock.advance(1000);
      expect(await codes(many(50, (index) => send(patient, index)))).toEqual({
        ok: 10,
        too_many_messages: 40,
      });
      await doctor.request('consumer:ready', { consumerIds: [] });
      expect(heard(doctor)).toBe(30);
    },
  );

  it.each<[string, (one: ProtocolClient, index: number) => Promise<unknown>]>([
    ['locks', (one, index) => one.request('moderation:lock', { locked: index % 2 === 0 })],
    ['share rules', (one, index) => one.request('moderation:screen-share', { allowed: index % 2 === 0 })],
    ['requests to unmute', (one) => one.request('moderation:ask-unmute', { userId: 'patient' })],
    ['mutes', (one) => one.request('moderation:mute', { userId: 'patient', source: 'camera' })],
    ['notes', (one, index) => one.request('notes:set', { text: `${index}` })],
  ])('flooding by a host (%s) is refused after 20 messages', async (_, send) => {
    const { doctor } = await both();
    expect(await codes(many(25, (index) => send(doctor, index)))).toEqual({ ok: 20, too_many_messages: 5 });
  });

  it('sharing a screen is refused after 10 times, and then allowed once a second', async () => {
    const { clock, patient } = await both();
    const share = () => patient.produce('screen', false);
    expect(await codes(many(15, share))).toEqual({ ok: 10, too_many_messages: 5 });
    // Cameras and microphones are not limited as shares.
    await patient.produce('camera', false);
    clock.advance(1000);
    expect(await codes(many(3, share))).toEqual({ ok: 1, too_many_messages: 2 });
  });

  it('messages of all kinds, valid or not, are refused beyond what a page needs', async () => {
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
    // Each connection has its own limit.
    await doctor.request('chat:send', { clientId: 'a', text: 'Hello' });
  });

  it('a refused message reaches no one and changes nothing', async () => {
    const { visit, doctor, patient } = await both();
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
    expect((await visit.session()).messages).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { TestVisit } from '../support/fixtures/visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';

/** Returns the last view of a participant that this client received. */
const shown = (to: ProtocolClient, userId: string) =>
  to
    .received('participant:updated')
    .filter((view) => view.userId === userId)
    .at(-1);

async function both(options = {}, overrides = {}) {
  const visit = await TestVisit.ofFive(options, overrides);
  const doctor = await visit.join('doctor');
  const patient = await visit.join('patient');
  return { visit, doctor, patient };
}

describe('hand:set', () => {
  it('a raised hand is shown to everyone with its time, also to its owner', async () => {
    const clock = new ManualClock(Date.now());
    const { doctor, patient } = await both({}, { clock });
    clock.advance(1000);
    const at = new Date(clock.now()).toISOString();
    await patient.request('hand:set', { raised: true });
    await expect.poll(() => shown(doctor, 'patient')?.handRaisedAt).toBe(at);
    await expect.poll(() => shown(patient, 'patient')?.handRaisedAt).toBe(at);
    clock.advance(1000);
    await patient.request('hand:set', { raised: true });
    await patient.request('hand:set', { raised: false });
    await expect.poll(() => shown(doctor, 'patient')?.handRaisedAt).toBe(null);
    // Raising a raised hand sends nothing.
    expect(doctor.received('participant:updated').length).toBe(2);
  });

  it('hand:set is refused for observers', async () => {
    const visit = await TestVisit.ofFive();
    const observer = await visit.join('observer');
    await expect(observer.request('hand:set', { raised: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('presence:set', () => {
  it('everyone sees when a participant is away and back', async () => {
    const { doctor, patient } = await both();
    await patient.request('presence:set', { away: true });
    await expect.poll(() => shown(doctor, 'patient')?.away).toBe(true);
    await patient.request('presence:set', { away: false });
    await expect.poll(() => shown(doctor, 'patient')?.away).toBe(false);
  });
});

describe('reaction:send', () => {
  it('a reaction reaches everyone', async () => {
    const { doctor, patient } = await both({ reactions: true });
    await patient.request('reaction:send', { reaction: 'thumbs_up' });
    for (const one of [doctor, patient]) {
      await expect
        .poll(() => one.received('reaction'))
        .toEqual([{ userId: 'patient', reaction: 'thumbs_up' }]);
    }
  });

  it('a reaction is refused if reactions are disabled', async () => {
    const { doctor, patient } = await both();
    await expect(patient.request('reaction:send', { reaction: 'heart' })).rejects.toMatchObject({
      code: 'reactions_off',
    });
    expect(doctor.received('reaction')).toEqual([]);
  });
});

describe('a participant who comes back', () => {
  it('a participant who resumes has the same presence, hand and network as before', async () => {
    const { visit, doctor, patient } = await both();
    await patient.request('hand:set', { raised: true });
    await patient.request('presence:set', { away: true });
    await patient.request('network:report', { level: 'fair' });
    await expect.poll(() => shown(doctor, 'patient')?.network).toBe('fair');
    const { handRaisedAt } = shown(doctor, 'patient')!;
    patient.drop();
    await expect
      .poll(() => shown(doctor, 'patient'))
      .toMatchObject({ connected: false, handRaisedAt, away: true });
    const back = await visit.connect('patient');
    const { self } = await back.enter();
    expect(self).toMatchObject({ handRaisedAt, away: true, network: 'fair', connected: true });
    await expect
      .poll(() => shown(doctor, 'patient'))
      .toMatchObject({ connected: true, handRaisedAt, away: true, network: 'fair' });
  });

  it('a participant who left and comes back starts with fresh presence', async () => {
    const { visit, doctor, patient } = await both();
    await patient.request('hand:set', { raised: true });
    await patient.request('presence:set', { away: true });
    await patient.request('leave', {});
    await expect.poll(() => doctor.received('participant:left').length).toBe(1);
    const { self } = await (await visit.connect('patient')).enter();
    expect(self).toMatchObject({ handRaisedAt: null, away: false, network: null });
  });
});

describe('network:report', () => {
  it('a report in the preview counts from the join', async () => {
    const visit = await TestVisit.ofFive();
    const patient = await visit.connect('patient');
    await patient.prepare();
    await patient.request('network:report', { level: 'poor' });
    expect((await patient.joinLive([])).self.network).toBe('poor');
  });

  it('poor time is summed over reconnects and appears in the report', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, doctor, patient } = await both({}, { clock });
    await patient.request('network:report', { level: 'poor' });
    clock.advance(40_000);
    await patient.request('network:report', { level: 'good' });
    clock.advance(40_000);
    await patient.request('network:report', { level: 'poor' });
    clock.advance(30_000);
    patient.drop();
    await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
    clock.advance(10_000);
    const back = await visit.join('patient');
    await back.request('network:report', { level: 'poor' });
    clock.advance(20_000);
    await back.request('leave', {});
    // 40 + 30 before the drop, nothing while disconnected, 20 after it.
    await expect
      .poll(async () => (await visit.session()).intervals.find(({ seat }) => seat === 1))
      .toMatchObject({ impairedMs: 90_000, reconnects: 1 });
  });

  it('poor quality for 15 seconds in a row is recorded, at most once in five minutes', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, patient } = await both({}, { clock });
    const degraded = async () =>
      (await visit.history()).filter((entry) => entry === 'quality.degraded patient by system').length;
    const poor = async (ms: number) => {
      await patient.request('network:report', { level: 'poor' });
      clock.advance(ms);
      await patient.request('network:report', { level: 'good' });
    };
    await poor(14_000);
    await poor(14_000);
    expect(await degraded()).toBe(0);
    await poor(15_000);
    await expect.poll(degraded).toBe(1);
    await poor(60_000);
    clock.advance(200_000);
    expect(await degraded()).toBe(1);
    clock.advance(60_000);
    await poor(20_000);
    await expect.poll(degraded).toBe(2);
  });
});

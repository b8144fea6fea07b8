import { describe, expect, it } from 'vitest';
import { FiveSeatVisit } from '../support/fixtures/five-seat-visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '../support/infra/manual-clock.ts';

/** How a person was last shown to another one. */
const shown = (to: ProtocolClient, userId: string) =>
  to
    .received('participant:updated')
    .filter((view) => view.userId === userId)
    .at(-1);

async function both(options = {}, overrides = {}) {
  const clinic = await FiveSeatVisit.open(options, overrides);
  const doctor = await clinic.join('doctor');
  const patient = await clinic.join('patient');
  return { clinic, doctor, patient };
}

describe('hand:set', () => {
  it('shows to everybody since when a hand is up, the person too', async () => {
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
    // Raising a hand that is up is no news.
    expect(doctor.received('participant:updated').length).toBe(2);
  });

  it('is refused to observers', async () => {
    const clinic = await FiveSeatVisit.open();
    const observer = await clinic.join('observer');
    await expect(observer.request('hand:set', { raised: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('presence:set', () => {
  it('shows who is away, and who is back', async () => {
    const { doctor, patient } = await both();
    await patient.request('presence:set', { away: true });
    await expect.poll(() => shown(doctor, 'patient')?.away).toBe(true);
    await patient.request('presence:set', { away: false });
    await expect.poll(() => shown(doctor, 'patient')?.away).toBe(false);
  });
});

describe('reaction:send', () => {
  it('reaches everybody', async () => {
    const { doctor, patient } = await both({ reactions: true });
    await patient.request('reaction:send', { reaction: 'thumbs_up' });
    for (const one of [doctor, patient]) {
      await expect
        .poll(() => one.received('reaction'))
        .toEqual([{ userId: 'patient', reaction: 'thumbs_up' }]);
    }
  });

  it('is refused where the visit has none', async () => {
    const { doctor, patient } = await both();
    await expect(patient.request('reaction:send', { reaction: 'heart' })).rejects.toMatchObject({
      code: 'reactions_off',
    });
    expect(doctor.received('reaction')).toEqual([]);
  });
});

describe('a person who comes back', () => {
  it('is away, has the hand up and the network as before', async () => {
    const { clinic, doctor, patient } = await both();
    await patient.request('hand:set', { raised: true });
    await patient.request('presence:set', { away: true });
    await patient.request('network:report', { level: 'fair' });
    await expect.poll(() => shown(doctor, 'patient')?.network).toBe('fair');
    const { handRaisedAt } = shown(doctor, 'patient')!;
    patient.drop();
    await expect
      .poll(() => shown(doctor, 'patient'))
      .toMatchObject({ connected: false, handRaisedAt, away: true });
    const back = await clinic.connect('patient');
    const { self } = await back.enter();
    expect(self).toMatchObject({ handRaisedAt, away: true, network: 'fair', connected: true });
    await expect
      .poll(() => shown(doctor, 'patient'))
      .toMatchObject({ connected: true, handRaisedAt, away: true, network: 'fair' });
  });

  it('after they have left starts anew', async () => {
    const { clinic, doctor, patient } = await both();
    await patient.request('hand:set', { raised: true });
    await patient.request('presence:set', { away: true });
    await patient.request('leave', {});
    await expect.poll(() => doctor.received('participant:left').length).toBe(1);
    const { self } = await (await clinic.connect('patient')).enter();
    expect(self).toMatchObject({ handRaisedAt: null, away: false, network: null });
  });
});

describe('network:report', () => {
  it('in the preview counts from the join on', async () => {
    const clinic = await FiveSeatVisit.open();
    const patient = await clinic.connect('patient');
    await patient.prepare();
    await patient.request('network:report', { level: 'poor' });
    expect((await patient.joinLive([])).self.network).toBe('poor');
  });

  it('at poor is summed up over reconnects, and is in the report', async () => {
    const clock = new ManualClock(Date.now());
    const { clinic, doctor, patient } = await both({}, { clock });
    await patient.request('network:report', { level: 'poor' });
    clock.advance(40_000);
    await patient.request('network:report', { level: 'good' });
    clock.advance(40_000);
    await patient.request('network:report', { level: 'poor' });
    clock.advance(30_000);
    patient.drop();
    await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
    clock.advance(10_000);
    const back = await clinic.join('patient');
    await back.request('network:report', { level: 'poor' });
    clock.advance(20_000);
    await back.request('leave', {});
    // 40 + 30 before the drop, nothing of the time without a connection, 20 after it.
    await expect
      .poll(async () => (await clinic.session()).intervals.find(({ seat }) => seat === 1))
      .toMatchObject({ impairedMs: 90_000, reconnects: 1 });
  });

  it('at poor for 15 seconds in a row is a fact, once in five minutes', async () => {
    const clock = new ManualClock(Date.now());
    const { clinic, patient } = await both({}, { clock });
    const degraded = async () =>
      (await clinic.history()).filter((entry) => entry === 'quality.degraded patient by system').length;
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

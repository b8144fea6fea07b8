import type { CreateSessionRequest } from '@televisit/shared/api';
import type { CaptionsView } from '@televisit/shared/features/captions';
import { describe, expect, it } from 'vitest';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { TestVisit } from '../support/fixtures/visit.ts';
import { LiveSpeechDouble } from '../support/infra/live-speech-double.ts';

/** A visit whose pages transcribe, on a server that has an engine all the same. */
async function visitOnDevices(options: CreateSessionRequest['options'] = {}) {
  const speech = LiveSpeechDouble.forTest();
  const visit = await TestVisit.ofFive(
    { captions: 'on-request', captionsMadeOn: 'device', ...options },
    { liveSpeech: speech },
  );
  return { visit, speech, api: visit.server.api };
}

const agree = (one: ProtocolClient, given = true) =>
  one.request('consent:set', { purpose: 'captions', given, wording: '2026-11-30', language: 'en' });
const watch = (one: ProtocolClient, on = true) => one.request('captions:watch', { on, translateTo: null });
const say = (one: ProtocolClient, utterance: number, text: string, final = true) =>
  one.request('captions:say', { utterance, text, final });
const seen = (one: ProtocolClient): CaptionsView | undefined => one.received('captions:changed').at(-1);
const read = (one: ProtocolClient) =>
  one
    .received('captions:text')
    .map(({ userId, text: said, final }) => `${userId}${final ? '' : '…'} ${said}`);
/** Waits until everything that was sent to a page so far has arrived. */
const caughtUp = (one: ProtocolClient) => one.request('presence:set', { away: false });

describe('captions that devices make', () => {
  it('reach the readers, and neither a receiver nor the engine of the server is opened', async () => {
    const { visit, speech } = await visitOnDevices({ captionLanguage: 'en-GB' });
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await expect.poll(() => seen(patient)).toMatchObject({ consent: true, ownSpeech: null });
    await watch(doctor);
    await expect
      .poll(() => seen(patient))
      .toMatchObject({ state: 'on', automatic: true, ownSpeech: 'en-GB' });
    expect(seen(doctor)).toMatchObject({ ownSpeech: null });
    await say(patient, 1, 'It hurts', false);
    await say(patient, 1, 'It hurts here.');
    await expect.poll(() => read(doctor)).toEqual(['patient… It hurts', 'patient It hurts here.']);
    const [interim, final] = doctor.received('captions:text');
    expect(final).toMatchObject({ utterance: interim!.utterance, source: 'automatic', language: 'en-GB' });
    expect(speech.tracks).toEqual([]);
    await expect.poll(() => visit.history()).toContain('captions.started by system');
  });

  it.each([
    ['nobody agreed', null, true, 'captions_not_agreed'],
    ['the person refused', false, true, 'captions_not_agreed'],
    ['nobody reads', true, false, 'captions_not_wanted'],
  ] as const)('are refused when %s, and reach no page', async (_when, answer, isRead, code) => {
    const { visit } = await visitOnDevices();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    if (isRead) await watch(doctor);
    if (answer !== null) await agree(patient, answer);
    await agree(doctor);
    await expect(say(patient, 1, 'It hurts.')).rejects.toMatchObject({ code });
    await expect(patient.request('captions:problem', { problem: 'device' })).rejects.toMatchObject({ code });
    await caughtUp(doctor);
    expect(read(doctor)).toEqual([]);
    expect(seen(doctor)?.state).not.toBe('failed');
  });

  it('are refused in a visit without captions, in one that the server transcribes, and of an observer', async () => {
    const off = await visitOnDevices({ captions: 'off' });
    await expect(say(await off.visit.join('patient'), 1, 'Yes.')).rejects.toMatchObject({
      code: 'captions_off',
    });
    const { visit } = await visitOnDevices({ captionsMadeOn: 'server' });
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(patient);
    await expect.poll(() => seen(patient)).toMatchObject({ state: 'on', ownSpeech: null });
    await expect(say(patient, 1, 'Yes.')).rejects.toMatchObject({ code: 'captions_not_wanted' });
    const observer = await visit.join('observer');
    await expect(say(observer, 1, 'Yes.')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('take back an unfinished sentence of a person who withdraws in it, and refuse the rest of it', async () => {
    const { visit } = await visitOnDevices();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await say(patient, 1, 'Do not tell my', false);
    await agree(patient, false);
    await expect(say(patient, 1, 'Do not tell my wife.')).rejects.toMatchObject({
      code: 'captions_not_agreed',
    });
    await caughtUp(doctor);
    expect(read(doctor)).toEqual(['patient… Do not tell my', 'patient ']);
    expect(seen(patient)).toMatchObject({ ownSpeech: null });
  });

  it('take back an unfinished sentence of a person who leaves', async () => {
    const { visit } = await visitOnDevices();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await say(patient, 1, 'Good', false);
    await patient.request('leave', {});
    await expect.poll(() => read(doctor)).toEqual(['patient… Good', 'patient ']);
  });

  it('are those of the person who sends them, whatever the number of the utterance, and final ones stay', async () => {
    const { visit } = await visitOnDevices();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    for (const one of [doctor, patient]) await agree(one);
    await watch(doctor);
    await say(patient, 1, 'Mine', false);
    await say(doctor, 1, 'Not yours.');
    await say(patient, 1, 'Mine.');
    await say(patient, 1, 'Changed.');
    await caughtUp(doctor);
    expect(read(doctor)).toEqual(['patient… Mine', 'doctor Not yours.', 'patient Mine.']);
    const utterances = doctor.received('captions:text').map(({ utterance }) => utterance);
    expect(new Set(utterances).size).toBe(2);
  });

  it('are checked, and limited in a flood', async () => {
    const { visit } = await visitOnDevices();
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(patient);
    const wrong = [
      { utterance: 0, text: 'Yes.', final: true },
      { utterance: 1, text: 'x'.repeat(501), final: true },
      { utterance: 1, text: 'two\nlines', final: true },
      { utterance: 1, text: 'Yes.', final: true, userId: 'doctor' },
    ];
    for (const payload of wrong) {
      await expect(patient.request('captions:say', payload)).rejects.toMatchObject({
        code: 'validation_failed',
      });
    }
    const flood = Array.from({ length: 60 }, (_, index) => say(patient, index + 1, 'Yes.'));
    const outcomes = await Promise.allSettled(flood);
    expect(outcomes).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'too_many_messages' }) as unknown }),
    );
  });

  it('are marked as failed while a page cannot make them, and work again when it can or another page takes over', async () => {
    const { visit } = await visitOnDevices();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await patient.request('captions:problem', { problem: 'device' });
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'failed', problem: 'device' });
    expect(seen(patient)).toMatchObject({ ownSpeech: 'en' });
    await patient.request('captions:problem', { problem: null });
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'on', problem: null });
    await patient.request('captions:problem', { problem: 'unavailable' });
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'failed' });
    await say(patient, 1, 'It works.');
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'on' });
  });

  it('of a human silence those of the device, and take back an unfinished one', async () => {
    const { visit, api } = await visitOnDevices();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await say(patient, 1, 'Eye take', false);
    await api.addCaption(visit.sessionId, { userId: 'patient', utterance: '1', text: 'I take two.' });
    await say(patient, 1, 'Eye take to.');
    await caughtUp(doctor);
    expect(read(doctor)).toEqual(['patient… Eye take', 'patient ', 'patient I take two.']);
  });

  it('replace those of the server when the visit changes to devices', async () => {
    const { visit, speech, api } = await visitOnDevices({ captionsMadeOn: 'server' });
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await expect.poll(() => speech.open).toHaveLength(1);
    await api.updateSession(visit.sessionId, { options: { captionsMadeOn: 'device' } });
    await expect.poll(() => speech.open).toEqual([]);
    await expect.poll(() => seen(patient)).toMatchObject({ state: 'on', ownSpeech: 'en' });
    await say(patient, 1, 'Here.');
    await expect.poll(() => read(doctor)).toEqual(['patient Here.']);
  });
});

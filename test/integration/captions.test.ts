import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { SpeechError } from '@televisit/server/speech/speech-error';
import type { CreateSessionRequest } from '@televisit/shared/api';
import type { CaptionsView } from '@televisit/shared/features/captions';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { TestVisit } from '../support/fixtures/visit.ts';
import { LiveSpeechDouble } from '../support/infra/live-speech-double.ts';
import type { TestServerOptions } from '../support/infra/test-server.ts';

/** A visit with captions on a server of its own, whose engine says what the test tells it to. */
async function captionedVisit(
  options: CreateSessionRequest['options'] = { captions: 'on-request' },
  serverOptions: TestServerOptions = {},
) {
  const speech = LiveSpeechDouble.forTest();
  const visit = await TestVisit.ofFive(options, { liveSpeech: speech, ...serverOptions });
  return { visit, speech, api: visit.server.api };
}

const agree = (one: ProtocolClient, given = true) =>
  one.request('consent:set', { purpose: 'captions', given, wording: '2026-11-30', language: 'en' });
const watch = (one: ProtocolClient, on = true, translateTo: string | null = null) =>
  one.request('captions:watch', { on, translateTo });
const seen = (one: ProtocolClient): CaptionsView | undefined => one.received('captions:changed').at(-1);
const read = (one: ProtocolClient) =>
  one
    .received('captions:text')
    .map(({ userId, text: said, final }) => `${userId}${final ? '' : '…'} ${said}`);
/** Waits until everything that was sent to a page so far has arrived. */
const caughtUp = (one: ProtocolClient) => one.request('presence:set', { away: false });

describe('captions on request', () => {
  it('begin when a person who can be heard agreed and somebody reads, and end with the last reader', async () => {
    const { visit, speech } = await captionedVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await expect.poll(() => seen(patient)).toMatchObject({ state: 'off', consent: true });
    expect(speech.tracks).toEqual([]);
    await watch(doctor);
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'on', consent: null, automatic: true });
    await expect.poll(() => speech.open).toHaveLength(1);
    const [track] = speech.open;
    await expect.poll(() => track?.codec).toMatchObject({ mimeType: 'audio/opus' });
    expect(track?.options).toEqual({ language: 'en', vocabulary: [] });
    await watch(doctor, false);
    await expect.poll(() => track?.closedBy).toBe('close');
    await expect.poll(() => seen(patient)).toMatchObject({ state: 'off' });
    await expect
      .poll(() => visit.history())
      .toEqual(expect.arrayContaining(['captions.started by system', 'captions.stopped by system']));
  });

  it('reach those who turned them on, interim ones first, and nothing old those who do so later', async () => {
    const { visit, speech } = await captionedVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await expect.poll(() => speech.open[0]?.codec).not.toBeUndefined();
    const { listener } = speech.open[0]!;
    listener.interim({ utterance: 1, text: 'It hurts' });
    listener.final({ utterance: 1, text: 'It hurts here.', startedAt: Date.now(), endedAt: Date.now() });
    await expect.poll(() => read(doctor)).toEqual(['patient… It hurts', 'patient It hurts here.']);
    const [interim, final] = doctor.received('captions:text');
    expect(interim?.utterance).toBe(final?.utterance);
    expect(final).toMatchObject({ language: 'en', source: 'automatic', translatedFrom: null });
    await watch(patient);
    await caughtUp(patient);
    expect(read(patient)).toEqual([]);
    const colleague = await visit.join('colleague');
    await caughtUp(colleague);
    expect(read(colleague)).toEqual([]);
  });

  it('transcribe two people apart, each by their own answer', async () => {
    const { visit, speech } = await captionedVisit({
      captions: 'on-request',
      vocabulary: ['metoprolol', 'Dr. Ng'],
    });
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    const guest = await visit.join('guest');
    await watch(guest);
    await agree(doctor);
    await agree(patient);
    await expect.poll(() => speech.open).toHaveLength(2);
    expect(speech.open[0]?.options.vocabulary).toEqual(['metoprolol', 'Dr. Ng']);
    await expect.poll(() => seen(guest)).toMatchObject({ state: 'on', uncaptioned: 0 });
    await expect.poll(() => seen(doctor)).toMatchObject({ uncaptioned: 1 });
    await agree(patient, false);
    await expect.poll(() => speech.open).toHaveLength(1);
    await expect.poll(() => seen(guest)).toMatchObject({ state: 'on', uncaptioned: 1 });
    expect(JSON.stringify(guest.received('captions:changed'))).not.toContain('patient');
  });

  it('take back an unfinished sentence and show nothing more of a person who withdraws in it', async () => {
    const { visit, speech } = await captionedVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await expect.poll(() => speech.open).toHaveLength(1);
    const [track] = speech.open;
    track?.listener.interim({ utterance: 1, text: 'Do not tell my' });
    await agree(patient, false);
    expect(track?.closedBy).toBe('discard');
    track?.listener.final({ utterance: 1, text: 'Do not tell my wife.', startedAt: 1, endedAt: 2 });
    await caughtUp(doctor);
    expect(read(doctor)).toEqual(['patient… Do not tell my', 'patient ']);
    await agree(patient);
    await expect.poll(() => speech.open).toHaveLength(1);
  });

  it('end for a person who leaves, with their last words', async () => {
    const { visit, speech } = await captionedVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await expect.poll(() => speech.open).toHaveLength(1);
    const [track] = speech.open;
    await patient.request('leave', {});
    await expect.poll(() => track?.closedBy).toBe('close');
    track?.listener.final({ utterance: 1, text: 'Goodbye.', startedAt: 1, endedAt: 2 });
    await expect.poll(() => read(doctor)).toEqual(['patient Goodbye.']);
  });

  it('continue on another media worker after the one of the visit died', async () => {
    const { visit, speech } = await captionedVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await expect.poll(() => speech.open).toHaveLength(1);
    for (const { pid } of visit.server.televisit.nodes.get('sfu-1')?.workers ?? [])
      process.kill(pid, 'SIGKILL');
    await expect.poll(() => patient.received('media:renew')).toHaveLength(1);
    patient.prepared = undefined;
    await patient.enter();
    await expect.poll(() => speech.tracks.length, { timeout: 10_000 }).toBeGreaterThan(1);
    await expect.poll(() => speech.open).toHaveLength(1);
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'on' });
  });

  it('say so while the engine is busy, and begin once it has room', async () => {
    const { visit, speech } = await captionedVisit();
    speech.refusal = new SpeechError('busy');
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor);
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'failed', problem: 'busy' });
    speech.refusal = null;
    await expect.poll(() => seen(doctor), { timeout: 10_000 }).toMatchObject({ state: 'on', problem: null });
  });

  it('are refused by a visit without them', async () => {
    const { visit } = await captionedVisit({});
    const doctor = await visit.join('doctor');
    await expect(watch(doctor)).rejects.toMatchObject({ code: 'captions_off' });
    expect(doctor.received('captions:changed')).toEqual([]);
  });
});

describe('required captions', () => {
  it('ask in the preview, and run without readers as soon as somebody agreed', async () => {
    const { visit, speech } = await captionedVisit({ captions: 'required' });
    const patient = await visit.connect('patient');
    await expect
      .poll(() => seen(patient))
      .toMatchObject({ mode: 'required', state: 'waiting', consent: null });
    await agree(patient);
    const { captions } = await patient.enter();
    expect(captions).toMatchObject({ consent: true });
    await expect.poll(() => speech.open).toHaveLength(1);
  });

  it('of a language that the engine does not know are marked as failed', async () => {
    const { visit, speech } = await captionedVisit({ captions: 'required', captionLanguage: 'sw' });
    const patient = await visit.join('patient');
    await agree(patient);
    await expect.poll(() => seen(patient)).toMatchObject({ state: 'failed', problem: 'language' });
    expect(speech.tracks).toEqual([]);
  });
});

describe('the captions of a human', () => {
  const said = { userId: 'patient', utterance: '1', text: 'I take two' };

  it('reach the readers without any engine, and are replaced until they are final', async () => {
    const visit = await TestVisit.ofFive({ captions: 'on-request' });
    const { api } = visit.server;
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await watch(doctor);
    await agree(patient);
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'on', automatic: false });
    expect(await api.addCaption(visit.sessionId, { ...said, final: false })).toEqual({ delivered: 1 });
    await api.addCaption(visit.sessionId, { ...said, text: 'I take two a day.' });
    await expect.poll(() => read(doctor)).toEqual(['patient… I take two', 'patient I take two a day.']);
    expect(doctor.received('captions:text')[0]).toMatchObject({ source: 'human', utterance: '1' });
  });

  it('silence the automatic ones of the same person for half a minute, and take back an unfinished one', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, speech, api } = await captionedVisit(undefined, { clock });
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    for (const one of [doctor, patient]) await agree(one);
    await watch(doctor);
    await expect.poll(() => speech.open).toHaveLength(2);
    // The order of the tracks is that of the seats.
    const [ofDoctor, ofPatient] = speech.open;
    ofPatient?.listener.interim({ utterance: 1, text: 'Eye take' });
    await api.addCaption(visit.sessionId, said);
    ofPatient?.listener.final({ utterance: 1, text: 'Eye take to.', startedAt: 1, endedAt: 2 });
    ofDoctor?.listener.final({ utterance: 1, text: 'Which ones?', startedAt: 1, endedAt: 2 });
    clock.advance(30_000);
    ofPatient?.listener.final({ utterance: 2, text: 'The blue ones.', startedAt: 1, endedAt: 2 });
    await expect
      .poll(() => read(doctor))
      .toEqual([
        'patient… Eye take',
        'patient ',
        'patient I take two',
        'doctor Which ones?',
        'patient The blue ones.',
      ]);
  });

  it('are refused without consent, for nobody, without captions, after the visit, and in a flood', async () => {
    const { visit, api } = await captionedVisit();
    const patient = await visit.join('patient');
    const add = (change = {}) => api.addCaption(visit.sessionId, { ...said, ...change });
    await expect(add()).rejects.toMatchObject({ code: 'captions_not_agreed' });
    await expect(add({ userId: 'nobody' })).rejects.toMatchObject({ code: 'participant_not_found' });
    await agree(patient);
    expect(await add()).toEqual({ delivered: 0 });
    await expect(add({ text: 'x'.repeat(501) })).rejects.toMatchObject({ code: 'validation_failed' });
    const path = `/sessions/${visit.sessionId}/captions`;
    const flood = await Promise.all(Array.from({ length: 60 }, () => visit.server.call('POST', path, said)));
    expect(flood.some(({ status, headers }) => status === 429 && headers.get('retry-after') === '1')).toBe(
      true,
    );
    await agree(patient, false);
    await expect(add()).rejects.toMatchObject({ code: 'captions_not_agreed' });
    await api.endSession(visit.sessionId);
    await expect(add()).rejects.toMatchObject({ code: 'session_closed' });
    const off = await captionedVisit({});
    await expect(off.api.addCaption(off.visit.sessionId, said)).rejects.toMatchObject({
      code: 'captions_off',
    });
  });
});

describe('translated captions', () => {
  /** A service like LibreTranslate that knows German only. */
  async function translationService() {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        const { q, source, target } = JSON.parse(body) as Record<string, string>;
        asked.push(`${source}>${target} ${q}`);
        response.writeHead(target === 'de' ? 200 : 400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ translatedText: `[de] ${q}` }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it('are translated once for all who read them in a language, final ones only; the original comes after a failure', async () => {
    const service = await translationService();
    const { visit, speech } = await captionedVisit(undefined, { env: { TRANSLATE_URL: service.url } });
    const doctor = await visit.join('doctor');
    const colleague = await visit.join('colleague');
    const guest = await visit.join('guest');
    const observer = await visit.join('observer');
    const patient = await visit.join('patient');
    await agree(patient);
    for (const one of [doctor, colleague]) await watch(one, true, 'de-AT');
    await watch(guest, true, 'tlh');
    await watch(observer, true, 'en-GB');
    expect(seen(observer)).toMatchObject({ translation: true });
    await expect.poll(() => speech.open).toHaveLength(1);
    const { listener } = speech.open[0]!;
    listener.interim({ utterance: 1, text: 'Good' });
    for (const utterance of [1, 2]) listener.final({ utterance, text: 'Good day', startedAt: 1, endedAt: 2 });
    await expect
      .poll(() => read(doctor))
      .toEqual(['patient… Good', 'patient [de] Good day', 'patient [de] Good day']);
    expect(doctor.received('captions:text')[1]).toMatchObject({ language: 'de-AT', translatedFrom: 'en' });
    await expect.poll(() => read(colleague)).toEqual(read(doctor));
    await expect.poll(() => read(guest)).toEqual(['patient… Good', 'patient Good day', 'patient Good day']);
    expect(guest.received('captions:text').at(-1)).toMatchObject({ language: 'en', untranslated: true });
    expect(read(observer)).toEqual(read(guest));
    expect(observer.received('captions:text').at(-1)).toMatchObject({ untranslated: false });
    expect(service.asked.filter((line) => line === 'en>de Good day')).toHaveLength(1);
    expect(service.asked.filter((line) => line.startsWith('en>en'))).toEqual([]);
  });

  it('are shown as they were said, with a note, on a server without translation', async () => {
    const { visit, speech } = await captionedVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await agree(patient);
    await watch(doctor, true, 'de');
    await expect.poll(() => speech.open).toHaveLength(1);
    speech.open[0]?.listener.final({ utterance: 1, text: 'Yes', startedAt: 1, endedAt: 2 });
    await expect.poll(() => read(doctor)).toEqual(['patient Yes']);
    expect(doctor.received('captions:text')[0]).toMatchObject({ untranslated: true });
  });
});

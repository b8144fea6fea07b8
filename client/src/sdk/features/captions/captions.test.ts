import type { CaptionsView, CaptionText } from '@televisit/shared/features/captions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientUnderTest } from '../../testing/client-under-test.ts';
import { joinResult } from '../../testing/fakes.ts';
import { withCaption, type CaptionLine } from './caption-lines.ts';

const view = (change: Partial<CaptionsView> = {}): CaptionsView => ({
  mode: 'on-request',
  state: 'off',
  problem: null,
  automatic: true,
  ownSpeech: null,
  translation: false,
  consent: null,
  uncaptioned: 0,
  ...change,
});
const caption = (utterance: string, text: string, change: Partial<CaptionText> = {}): CaptionText => ({
  userId: 'doctor',
  utterance,
  text,
  final: false,
  startedAt: '2026-11-30T12:00:00.000Z',
  language: 'en',
  source: 'automatic',
  translatedFrom: null,
  untranslated: false,
  ...change,
});
const texts = (lines: readonly CaptionLine[]) => lines.map(({ text }) => text);
const added = (...captions: CaptionText[]) =>
  texts(captions.reduce<readonly CaptionLine[]>((lines, one) => withCaption(lines, one, 0), []));

describe('withCaption', () => {
  it('replaces the text of an utterance in its place until it is final', () => {
    const final = { final: true };
    expect(
      added(
        caption('1', 'Take'),
        caption('2', 'Yes', { userId: 'patient' }),
        caption('1', 'Take two.', final),
        caption('1', 'Steak too.'),
        caption('1', '', final),
      ),
    ).toEqual(['Take two.', 'Yes']);
  });

  it('takes an utterance back that is not final, and tells people and sources apart', () => {
    expect(added(caption('1', 'Take'), caption('1', '', { final: true }))).toEqual([]);
    expect(added(caption('9', '', { final: true }))).toEqual([]);
    expect(
      added(caption('1', 'a'), caption('1', 'b', { source: 'human' }), caption('1', 'c', { userId: 'p' })),
    ).toEqual(['a', 'b', 'c']);
  });

  it('keeps a limited number of captions', () => {
    const many = Array.from({ length: 1200 }, (_, index) => caption(String(index), String(index)));
    expect(added(...many)).toHaveLength(1000);
    expect(added(...many).at(-1)).toBe('1199');
  });
});

let one: ClientUnderTest;
beforeEach(async () => {
  one = await ClientUnderTest.start();
});
afterEach(() => one.close());

describe('state.captions', () => {
  it('state.captions.view is known in the preview, and replaced on joining', async () => {
    await one.prepared();
    expect(one.state.captions.view).toBeNull();
    one.server.tell('captions:changed', view({ mode: 'required', state: 'waiting' }));
    expect((await one.until(({ captions }) => captions.view !== null)).phase).toBe('ready');
    one.server.letIn({ captions: view({ state: 'on' }) });
    one.client.join();
    await one.phase('joined');
    expect(one.state.captions.view).toEqual(view({ state: 'on' }));
  });

  it('state.captions.lines holds what is said while they are on, and nothing after the call', async () => {
    await one.inTheCall();
    await one.client.captions.watch(true);
    one.server.tell('captions:text', caption('1', 'Hello'));
    await one.until(({ captions }) => captions.lines.length > 0);
    await one.client.captions.watch(false);
    one.server.tell('captions:text', caption('2', 'Off'));
    one.server.tell('captions:changed', view({ state: 'failed' }));
    await one.until(({ captions }) => captions.view?.state === 'failed');
    expect(texts(one.state.captions.lines)).toEqual(['Hello']);
    await one.client.leave();
    expect(one.state.captions).toMatchObject({ on: false, lines: [] });
  });
});

describe('client.captions', () => {
  it('watch() is repeated when the call was resumed, with the language', async () => {
    await one.inTheCall();
    await one.server.until('producer:create', 2);
    await one.client.captions.watch(true, 'de');
    one.server.answers.resume = () => ({ ok: true, data: { status: 'resumed', result: joinResult() } });
    one.server.cut();
    await one.server.until('captions:watch', 2);
    expect(one.server.messages('captions:watch')).toEqual([
      { on: true, translateTo: 'de' },
      { on: true, translateTo: 'de' },
    ]);
  });

  it('watch() is repeated to the server to which the visit has moved, once the page shows its call', async () => {
    await one.inTheCall();
    await one.client.captions.watch(true);
    one.server.letIn({ captions: view({ state: 'waiting' }) });
    one.server.tellOver(1, 'visit:moved');
    await one.server.untilOver(2, 'captions:watch');
    expect(one.state.captions.view).toEqual(view({ state: 'waiting' }));
  });

  it.each([
    ['the connection was lost', 1, () => one.server.cut()],
    ['the visit has moved', 2, () => one.server.tellOver(1, 'visit:moved')],
  ])(
    'lines that were not finished when %s are taken back, and the others stay',
    async (_when, on, happens) => {
      await one.inTheCall();
      await one.server.until('producer:create', 2);
      await one.client.captions.watch(true);
      one.server.tell('captions:text', caption('1', 'It hurts.', { final: true }));
      one.server.tell('captions:text', caption('2', 'And I'));
      await one.until(({ captions }) => captions.lines.length === 2);
      one.server.answers.resume = () => ({ ok: true, data: { status: 'resumed', result: joinResult() } });
      happens();
      await (on === 1 ? one.server.until('captions:watch', 2) : one.server.untilOver(on, 'captions:watch'));
      expect(texts(one.state.captions.lines)).toEqual(['It hurts.']);
    },
  );

  it('watch() throws the code of a refusal, and captions stay off', async () => {
    await one.inTheCall();
    one.server.answers['captions:watch'] = () => ({
      ok: false,
      error: { code: 'captions_off', message: 'None.' },
    });
    await expect(one.client.captions.watch(true)).rejects.toMatchObject({ code: 'captions_off' });
    expect(one.state.captions.on).toBe(false);
  });

  it('setConsent() sends the answer from the preview', async () => {
    await one.prepared();
    await one.client.captions.setConsent({ given: true, wording: '1', language: 'de' });
    expect(one.server.messages('consent:set')).toEqual([
      { purpose: 'captions', given: true, wording: '1', language: 'de' },
    ]);
  });
});

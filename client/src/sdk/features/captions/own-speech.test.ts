import type { CaptionsView } from '@televisit/shared/features/captions';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../core/store.ts';
import { INITIAL_STATE, type VisitState } from '../../state/visit-state.ts';
import type { FeatureContext } from '../feature.ts';
import type { CaptionsSlice } from './captions-state.ts';
import { OwnSpeech, problemOfDevice } from './own-speech.ts';
import type { OwnSpeechEngine, OwnSpeechListener } from './speech-engine.ts';

vi.mock('./speech-engine.ts', () => ({ createSpeechEngine: () => null }));

const VIEW: CaptionsView = {
  mode: 'on-request',
  state: 'on',
  problem: null,
  automatic: true,
  ownSpeech: 'en-GB',
  translation: false,
  consent: true,
  uncaptioned: 0,
};
const COMPUTER = { navigator: { userAgent: 'Firefox' }, WebAssembly: {}, Worker: {}, AudioWorkletNode: {} };

/** An engine that says what the test tells it to. */
class Engine implements OwnSpeechEngine {
  readonly listener: OwnSpeechListener;
  microphone: MediaStreamTrack | null = null;
  isClosed = false;

  constructor(listener: OwnSpeechListener) {
    this.listener = listener;
  }

  setMicrophone(track: MediaStreamTrack | null): void {
    this.microphone = track;
  }

  close(): void {
    this.isClosed = true;
  }
}

const track = { id: 'microphone' } as unknown as MediaStreamTrack;

function start() {
  const store = new Store<VisitState>({ ...INITIAL_STATE, phase: 'joined' });
  const engines: Engine[] = [];
  const sent: unknown[] = [];
  const microphone = { state: 'on', track };
  const context = {
    store,
    signaling: {
      request: (message: string, payload: object) => Promise.resolve(sent.push([message, payload])),
    },
    local: () => ({ sources: { microphone } }),
    request: () => ({ baseUrl: '' }),
  } as unknown as FeatureContext<CaptionsSlice>;
  const own = new OwnSpeech(context, (_baseUrl, listener) => {
    const engine = new Engine(listener);
    engines.push(engine);
    return engine;
  });
  store.subscribe(() => own.update());
  const see = (change: Partial<CaptionsView> | null) =>
    store.update((state) => ({
      ...state,
      captions: { ...state.captions, view: change && { ...VIEW, ...change } },
    }));
  return { store, engines, sent, microphone, own, see };
}

beforeEach(() => {
  vi.useFakeTimers();
  for (const [name, value] of Object.entries(COMPUTER)) vi.stubGlobal(name, value);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('OwnSpeech', () => {
  it('starts an engine only in the call and while the server wants the speech, and closes it afterwards', () => {
    const { store, engines, see } = start();
    see({ ownSpeech: null });
    store.update({ phase: 'ready' });
    see({});
    expect(engines).toEqual([]);
    store.update({ phase: 'joined' });
    see({ uncaptioned: 1 });
    expect(engines).toHaveLength(1);
    see({ ownSpeech: null, consent: false });
    expect(engines[0]?.isClosed).toBe(true);
    see({});
    see(null);
    expect(engines.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });

  it('lets the engine hear the microphone, and nothing while it is muted', () => {
    const { store, engines, microphone, see } = start();
    see({});
    expect(engines[0]?.microphone).toBe(track);
    microphone.state = 'off';
    store.update({ clockOffset: 1 });
    expect(engines[0]?.microphone).toBeNull();
    microphone.state = 'on';
    store.update({ clockOffset: 2 });
    expect(engines[0]?.microphone).toBe(track);
  });

  it('sends the texts, with numbers that no two engines share, and nothing of one that was closed', () => {
    const { engines, sent, see } = start();
    see({});
    engines[0]!.listener.text(1, 'It', false);
    engines[0]!.listener.text(2, 'Yes.', true);
    see({ ownSpeech: null, consent: null });
    engines[0]!.listener.text(3, 'Too late.', true);
    see({});
    engines[1]!.listener.text(1, 'Again.', true);
    expect(sent).toEqual([
      ['captions:say', { utterance: 1, text: 'It', final: false }],
      ['captions:say', { utterance: 2, text: 'Yes.', final: true }],
      ['captions:say', { utterance: 3, text: 'Again.', final: true }],
    ]);
  });

  it('when nobody reads any longer, the engine stays loaded for a while but hears nothing, and nothing is sent', () => {
    const { engines, sent, see } = start();
    see({});
    see({ ownSpeech: null });
    expect(engines[0]).toMatchObject({ microphone: null, isClosed: false });
    engines[0]!.listener.text(1, 'Not wanted.', true);
    vi.advanceTimersByTime(14_000);
    see({ uncaptioned: 1 });
    expect(engines[0]!.microphone).toBe(track);
    engines[0]!.listener.text(2, 'Again.', true);
    expect(sent).toEqual([['captions:say', { utterance: 2, text: 'Again.', final: true }]]);
    see({ ownSpeech: null });
    vi.advanceTimersByTime(14_000);
    see({ ownSpeech: null, uncaptioned: 1 });
    expect(engines[0]?.isClosed).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(engines.map(({ isClosed }) => isClosed)).toEqual([true]);
  });

  it('reports that the engine can’t be loaded, tries again, and reports that it works', () => {
    const { engines, sent, see } = start();
    see({});
    engines[0]!.listener.failed('unavailable');
    expect(engines[0]?.isClosed).toBe(true);
    vi.advanceTimersByTime(6_500);
    expect(engines).toHaveLength(2);
    engines[1]!.listener.ready();
    expect(sent).toEqual([
      ['captions:problem', { problem: 'unavailable' }],
      ['captions:problem', { problem: null }],
    ]);
  });

  it('does not try again on a device that can’t, nor after the speech is no longer wanted', () => {
    const { engines, see } = start();
    see({});
    engines[0]!.listener.failed('device');
    vi.advanceTimersByTime(600_000);
    expect(engines).toHaveLength(1);
    see({ ownSpeech: null });
    see({});
    engines[1]!.listener.failed('unavailable');
    see({ ownSpeech: null });
    vi.advanceTimersByTime(600_000);
    expect(engines).toHaveLength(2);
  });

  it('reports a language that it does not know without an engine, and again to a server that does not know it yet', () => {
    const { engines, sent, see } = start();
    see({ ownSpeech: 'de' });
    see({ ownSpeech: 'de', state: 'on' });
    expect(engines).toEqual([]);
    expect(sent).toEqual(Array.from({ length: 2 }, () => ['captions:problem', { problem: 'language' }]));
  });

  it('stop() closes the engine', () => {
    const { engines, own, see } = start();
    see({});
    own.stop();
    expect(engines[0]?.isClosed).toBe(true);
  });
});

it.each([
  ['en-US', COMPUTER, null],
  ['en', COMPUTER, null],
  ['eng', COMPUTER, 'language'],
  ['de', COMPUTER, 'language'],
  ['en', { ...COMPUTER, navigator: { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)' } }, 'device'],
  ['en', { ...COMPUTER, navigator: { userAgent: 'Mozilla/5.0 (Linux; Android 14)' } }, 'device'],
  ['en', { ...COMPUTER, navigator: { userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 5 } }, 'device'],
  ['en', { ...COMPUTER, navigator: { userAgent: 'Mozilla/5.0 (Macintosh)', maxTouchPoints: 0 } }, null],
  ['en', { ...COMPUTER, WebAssembly: undefined }, 'device'],
  ['en', { ...COMPUTER, AudioWorkletNode: undefined }, 'device'],
] as const)(
  'problemOfDevice of %s is as the browser’s abilities say (%#)',
  (language, abilities, problem) => {
    expect(problemOfDevice(language, abilities)).toBe(problem);
  },
);

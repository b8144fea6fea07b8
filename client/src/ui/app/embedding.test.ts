import { describe, expect, it } from 'vitest';
import type { ProviderMeeting } from '../../sdk/index.ts';
import { INITIAL_STATE, type VisitState } from '../../sdk/state/visit-state.ts';
import { Embedding, eventOf } from './embedding.ts';

const state = (changes: Partial<VisitState>): VisitState => ({ ...INITIAL_STATE, ...changes });

const meeting = (stay: ProviderMeeting['stay']) => ({ stay }) as ProviderMeeting;

/** An embedding page that writes down what it is sent. */
function parentPage() {
  const sent: [unknown, unknown][] = [];
  const postMessage = (message: unknown, origin: unknown) => void sent.push([message, origin]);
  return { sent, page: { postMessage } as Pick<Window, 'postMessage'> };
}

describe('eventOf', () => {
  it.each<[Partial<VisitState>, unknown]>([
    [{ phase: 'loading' }, null],
    [{ phase: 'joining' }, null],
    [{ phase: 'elsewhere' }, null],
    [{ phase: 'ready' }, { event: 'ready' }],
    [{ phase: 'meeting', meeting: meeting('before') }, { event: 'ready' }],
    [{ phase: 'meeting', meeting: meeting('in') }, { event: 'joined' }],
    [{ phase: 'meeting', meeting: meeting('out') }, { event: 'left' }],
    [{ phase: 'waiting' }, { event: 'waiting' }],
    [{ phase: 'joined' }, { event: 'joined' }],
    [{ phase: 'left' }, { event: 'left' }],
    [
      { phase: 'early', opensAt: 5 },
      { event: 'early', opensAt: 5 },
    ],
    [
      { phase: 'ended', endReason: 'host_ended' },
      { event: 'ended', reason: 'host_ended' },
    ],
    [{ phase: 'declined' }, { event: 'error', code: 'declined' }],
    [{ phase: 'replaced' }, { event: 'error', code: 'replaced' }],
    [{ phase: 'failed' }, { event: 'error', code: 'internal_error' }],
  ])('eventOf returns the step of %o', (changes, event) => {
    expect(eventOf(state(changes))).toEqual(event);
  });
});

describe('Embedding', () => {
  it('report sends each step once, to the allowed origins only', () => {
    const { sent, page } = parentPage();
    const embedding = new Embedding('sess_1', ['https://a.test', 'https://b.test'], page);
    embedding.report(state({ phase: 'ready' }));
    embedding.report(state({ phase: 'ready', clockOffset: 7 }));
    embedding.report(state({ phase: 'joining' }));
    embedding.report(state({ phase: 'joined' }));
    const message = (event: string) => ({ source: 'televisit', version: 1, sessionId: 'sess_1', event });
    expect(sent).toEqual([
      [message('ready'), 'https://a.test'],
      [message('ready'), 'https://b.test'],
      [message('joined'), 'https://a.test'],
      [message('joined'), 'https://b.test'],
    ]);
  });

  it('report sends nothing when no origin is allowed', () => {
    const { sent, page } = parentPage();
    new Embedding('sess_1', [], page).report(state({ phase: 'joined' }));
    expect(sent).toEqual([]);
  });
});

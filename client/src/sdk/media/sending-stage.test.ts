import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sendingTransition, type SendingEvent, type SendingStage } from './media-session.ts';

const RUNS = { seed: 20_261_129, numRuns: 500 };
const PREVIEW: SendingStage = { kind: 'preview', requested: [] };

const events = fc.array(
  fc.constantFrom<SendingEvent>(
    { type: 'join-answered', live: ['camera'] },
    { type: 'admitted', awaitsPicture: true },
    { type: 'admitted', awaitsPicture: false },
    { type: 'released' },
    { type: 'closed' },
  ),
  { maxLength: 20 },
);

describe('sendingTransition()', () => {
  it('moves only from preview over holding to sending, and to closed, after any sequence of events', () => {
    const order = ['preview', 'holding', 'sending', 'closed'];
    fc.assert(
      fc.property(events, (list) => {
        let stage: SendingStage = PREVIEW;
        for (const event of list) {
          const next = sendingTransition(stage, event);
          expect(order.indexOf(next.kind)).toBeGreaterThanOrEqual(order.indexOf(stage.kind));
          stage = next;
        }
      }),
      RUNS,
    );
  });

  it('sends nothing before the participant is admitted', () => {
    fc.assert(
      fc.property(events, (list) => {
        const admitted = list.some(({ type }) => type === 'admitted');
        const { kind } = list.reduce<SendingStage>(sendingTransition, PREVIEW);
        if (!admitted) expect(kind).toBeOneOf(['preview', 'closed']);
      }),
      RUNS,
    );
  });

  it('remembers the sources of the last join that was answered in the preview', () => {
    const stage = sendingTransition(PREVIEW, { type: 'join-answered', live: ['microphone'] });
    expect(stage).toEqual({ kind: 'preview', requested: ['microphone'] });
  });

  it('holds media back until it is released if another camera is on', () => {
    const holding = sendingTransition(PREVIEW, { type: 'admitted', awaitsPicture: true });
    expect(holding.kind).toBe('holding');
    expect(sendingTransition(holding, { type: 'released' }).kind).toBe('sending');
    expect(sendingTransition(PREVIEW, { type: 'admitted', awaitsPicture: false }).kind).toBe('sending');
  });
});

import { expect, it } from 'vitest';
import { ManualClock } from '../../core/testing/manual-clock.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import { DeviceTranscription } from './device-transcription.ts';
import type { Transcript } from './transcription.ts';

const page = () => ({}) as MemberConnection;

function start() {
  const clock = new ManualClock(1000);
  const texts: Transcript[] = [];
  const problems: unknown[] = [];
  let ids = 0;
  const transcription: DeviceTranscription = new DeviceTranscription({
    newId: () => `id${++ids}`,
    clock,
    onText: (text) => texts.push(text),
    onProblem: () => problems.push(transcription.problem),
  });
  const shown = () =>
    texts.map(({ utterance, text, final }) => `${utterance} ${text || 'nothing'}${final ? '' : '…'}`);
  return { clock, transcription, texts, problems, shown };
}

const interim = (utterance: number, text: string) => ({ utterance, text, final: false });
const final = (utterance: number, text: string) => ({ utterance, text, final: true });

it('say() passes texts on until one is final, with the time at which the utterance began', () => {
  const { clock, transcription, texts, shown } = start();
  const one = page();
  transcription.say(one, interim(1, 'It'));
  clock.advance(500);
  transcription.say(one, interim(1, 'It hurts'));
  transcription.say(one, final(1, 'It hurts.'));
  expect(shown()).toEqual(['id1-1 It…', 'id1-1 It hurts…', 'id1-1 It hurts.']);
  expect(texts.map(({ startedAt }) => startedAt)).toEqual([1000, 1000, 1000]);
});

it('say() ignores what comes after a final text, and utterances before the current one', () => {
  const { transcription, shown } = start();
  const one = page();
  transcription.say(one, final(2, 'Yes.'));
  transcription.say(one, final(2, 'No.'));
  transcription.say(one, interim(1, 'May'));
  transcription.say(one, interim(5, 'So'));
  transcription.say(one, interim(4, 'Then'));
  expect(shown()).toEqual(['id1-2 Yes.', 'id1-5 So…']);
});

it('say() takes back an unfinished utterance when the next one begins, or another page speaks for the person', () => {
  const { transcription, shown } = start();
  transcription.say(page(), interim(1, 'One'));
  const second = page();
  transcription.say(second, interim(1, 'Two'));
  transcription.say(second, final(2, 'Three.'));
  expect(shown()).toEqual(['id1-1 One…', 'id1-1 nothing', 'id2-1 Two…', 'id2-1 nothing', 'id2-2 Three.']);
});

it.each(['close', 'disconnected'] as const)('%s() takes an unfinished utterance back once', (end) => {
  const { transcription, shown } = start();
  const one = page();
  transcription.say(one, interim(1, 'Do not tell'));
  transcription.disconnected(page());
  for (let times = 0; times < 2; times++) transcription[end](one);
  expect(shown()).toEqual(['id1-1 Do not tell…', 'id1-1 nothing']);
});

it('problem is what the page last reported, until it speaks, or is gone', () => {
  const { transcription, problems } = start();
  const one = page();
  transcription.report(one, 'unavailable');
  transcription.report(one, 'unavailable');
  transcription.say(one, interim(1, 'It'));
  transcription.report(one, 'device');
  transcription.disconnected(page());
  transcription.disconnected(one);
  transcription.report(one, null);
  expect(problems).toEqual(['unavailable', null, 'device', null]);
});

import type { RecordingView } from '@televisit/shared/features/recording';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientUnderTest } from '../../testing/client-under-test.ts';
import { joinResult } from '../../testing/fakes.ts';

const view = (change: Partial<RecordingView> = {}): RecordingView => ({
  mode: 'on-request',
  state: 'off',
  unanswered: 0,
  refused: 0,
  consent: null,
  isRecorded: false,
  transcript: 'off',
  transcriptConsent: null,
  ...change,
});
const answer = { wording: '2026-11-30', language: 'de' };

let one: ClientUnderTest;
beforeEach(async () => {
  one = await ClientUnderTest.start();
});
afterEach(() => one.close());

const recorded = (state: RecordingView['state']) => one.until(({ recording }) => recording?.state === state);

describe('state.recording', () => {
  it('state.recording is null until the server sends it, and known in the preview from then on', async () => {
    await one.prepared();
    expect(one.state.recording).toBeNull();
    one.server.tell('recording:changed', view({ state: 'on' }));
    expect((await recorded('on')).phase).toBe('ready');
  });

  it('state.recording is known in the waiting room', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('recording:changed', view({ state: 'waiting' }));
    expect((await recorded('waiting')).phase).toBe('waiting');
  });

  it('state.recording is replaced on joining, and by later events', async () => {
    one.server.letIn({ recording: view({ state: 'waiting', unanswered: 1 }) });
    await one.prepared();
    one.server.tell('recording:changed', view({ state: 'paused' }));
    await recorded('paused');
    one.client.join();
    await one.phase('joined');
    expect(one.state.recording).toEqual(view({ state: 'waiting', unanswered: 1 }));
    one.server.tell('recording:changed', view({ state: 'on', consent: true, isRecorded: true }));
    await recorded('on');
    expect(one.state.recording).toMatchObject({ consent: true, isRecorded: true });
  });

  it('state.recording is that of the server after the call was resumed', async () => {
    one.server.letIn({ recording: view({ state: 'on' }) });
    await one.inTheCall();
    await one.server.until('producer:create', 2);
    const result = joinResult({ recording: view({ state: 'paused' }) });
    one.server.answers.resume = () => ({ ok: true, data: { status: 'resumed', result } });
    one.server.cut();
    await recorded('paused');
    expect(one.state.phase).toBe('joined');
  });

  it('state.recording is null in the call if the server knows no recordings', async () => {
    await one.prepared();
    one.server.tell('recording:changed', view({ state: 'on' }));
    await recorded('on');
    one.client.join();
    await one.phase('joined');
    expect(one.state.recording).toBeNull();
  });

  it('state.recording is that of the new server once the page shows its call, whatever the previous one sends later', async () => {
    one.server.letIn({ recording: view({ state: 'on' }) });
    await one.inTheCall();
    one.server.letIn({ recording: view({ state: 'waiting' }) });
    one.server.tellOver(1, 'visit:moved');
    await one.server.untilOver(2, 'join');
    await recorded('waiting');
    one.server.tellOver(1, 'recording:changed', view({ state: 'paused' }));
    one.server.tellOver(2, 'recording:changed', view({ state: 'on', unanswered: 2 }));
    const seen: (RecordingView | null)[] = [];
    one.client.subscribe(({ recording }) => seen.push(recording));
    await one.until(({ recording }) => recording?.unanswered === 2);
    expect(seen.some((recording) => recording?.state === 'paused')).toBe(false);
  });

  it('state.recording is null again after leaving', async () => {
    one.server.letIn({ recording: view({ state: 'on' }) });
    await one.inTheCall();
    await one.client.leave();
    expect(one.state.recording).toBeNull();
  });
});

describe('client.recording', () => {
  it('setConsent() sends the answer from the preview, and asks for erasure only if wanted', async () => {
    await one.prepared();
    await one.client.recording.setConsent({ given: true, ...answer });
    await one.client.recording.setConsent({ given: false, erase: true, ...answer });
    expect(one.server.messages('consent:set')).toEqual([
      { purpose: 'recording', given: true, ...answer },
      { purpose: 'recording', given: false, erase: true, ...answer },
    ]);
  });

  it('control() sends the action, and throws the code of a refusal', async () => {
    await one.inTheCall();
    await one.client.recording.control('start');
    expect(one.server.messages('recording:control')).toEqual([{ action: 'start' }]);
    one.server.answers['recording:control'] = () => ({
      ok: false,
      error: { code: 'recording_unavailable', message: 'No space.' },
    });
    await expect(one.client.recording.control('resume')).rejects.toMatchObject({
      code: 'recording_unavailable',
    });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionStorageValue, type KeyValueStore } from '../../core/session-storage-value.ts';
import { FakeServer } from '../../testing/fake-server.ts';
import { FakeStorage, FORBIDDEN_STORAGE } from '../../testing/fakes.ts';
import { FeedbackApi } from './feedback.ts';

let server: FakeServer;
let storage: FakeStorage;
let kept: SessionStorageValue;
let api: FeedbackApi;
beforeAll(async () => (server = await FakeServer.start()));
afterAll(() => server.close());
beforeEach(() => {
  server.feedback.length = 0;
  server.feedbackProblem = null;
  storage = new FakeStorage();
  api = apiOf('sess_1', storage);
});

/** Creates the feedback of a session, kept in a storage. */
function apiOf(sessionId: string, storage: KeyValueStore): FeedbackApi {
  kept = new SessionStorageValue('feedback', sessionId, storage);
  return new FeedbackApi(kept);
}

const request = () => ({ baseUrl: server.url, sessionId: 'sess_1', token: 'abc' });

describe('FeedbackApi', () => {
  it('is none before the participant was in the call, and open() changes that', () => {
    expect(api.standing).toBe('none');
    api.open();
    expect(api.standing).toBe('open');
  });

  it('send() submits stars and comment, and feedback is given', async () => {
    api.open();
    await api.send(request(), { rating: 4, comment: 'Good sound.' });
    expect(server.feedback).toEqual([{ rating: 4, comment: 'Good sound.' }]);
    expect(api.standing).toBe('given');
  });

  it('send() submits null without a comment', async () => {
    await api.send(request(), { rating: 5 });
    expect(server.feedback).toEqual([{ rating: 5, comment: null }]);
  });

  it('send() throws feedback_given the second time, and feedback stays given', async () => {
    api.open();
    server.feedbackProblem = { status: 409, code: 'feedback_given' };
    await expect(api.send(request(), { rating: 4 })).rejects.toMatchObject({ code: 'feedback_given' });
    expect(api.standing).toBe('given');
  });

  it.each([
    [429, 'too_many_requests'],
    [503, 'store_unavailable'],
    [401, 'token_expired'],
  ])('send() refused with %i throws %s, and can be repeated', async (status, code) => {
    api.open();
    server.feedbackProblem = { status, code };
    await expect(api.send(request(), { rating: 4 })).rejects.toMatchObject({ code });
    expect(api.standing).toBe('open');
  });

  it('open() keeps feedback given, as after a rejoin', async () => {
    await api.send(request(), { rating: 4 });
    api.open();
    expect(api.standing).toBe('given');
  });

  it('keeps the standing through a reload of the tab', async () => {
    api.open();
    expect(apiOf('sess_1', storage).standing).toBe('open');
    await api.send(request(), { rating: 4 });
    expect(apiOf('sess_1', storage).standing).toBe('given');
    expect(apiOf('sess_2', storage).standing).toBe('none');
  });

  it('starts over for another participant once the stored value is cleared', () => {
    api.open();
    kept.clear();
    expect(api.standing).toBe('none');
  });

  it('works with storage that throws or holds an unknown value', () => {
    const forgetful = apiOf('sess_1', FORBIDDEN_STORAGE);
    forgetful.open();
    expect(forgetful.standing).toBe('open');
    storage.setItem('televisit:feedback:sess_1', 'maybe');
    expect(api.standing).toBe('none');
  });
});

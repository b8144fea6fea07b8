import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionStorageValue, type KeyValueStore } from '../../core/session-storage-value.ts';
import { FeedbackApi } from './feedback-api.ts';
import { FakeServer } from '../../testing/fake-server.ts';
import { FakeStorage, FORBIDDEN_STORAGE } from '../../testing/fakes.ts';

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

/** Feedback of a session, kept in a storage. */
function apiOf(sessionId: string, storage: KeyValueStore): FeedbackApi {
  kept = new SessionStorageValue('feedback', sessionId, storage);
  return new FeedbackApi(kept);
}

const request = () => ({ baseUrl: server.url, sessionId: 'sess_1', token: 'abc' });

describe('FeedbackApi', () => {
  it('is closed to somebody who wasn’t in the visit, and open() changes that', () => {
    expect(api.standing).toBe('none');
    api.open();
    expect(api.standing).toBe('open');
  });

  it('send() hands in stars and comment, and it is given', async () => {
    api.open();
    await api.send(request(), { rating: 4, comment: 'Good sound.' });
    expect(server.feedback).toEqual([{ rating: 4, comment: 'Good sound.' }]);
    expect(api.standing).toBe('given');
  });

  it('send() without a comment hands in null', async () => {
    await api.send(request(), { rating: 5 });
    expect(server.feedback).toEqual([{ rating: 5, comment: null }]);
  });

  it('send() of what was given before throws feedback_given, and it is given', async () => {
    api.open();
    server.feedbackProblem = { status: 409, code: 'feedback_given' };
    await expect(api.send(request(), { rating: 4 })).rejects.toMatchObject({ code: 'feedback_given' });
    expect(api.standing).toBe('given');
  });

  it.each([
    [429, 'too_many_requests'],
    [503, 'store_unavailable'],
    [401, 'token_expired'],
  ])('send() refused with %i %s throws that, and another try is possible', async (status, code) => {
    api.open();
    server.feedbackProblem = { status, code };
    await expect(api.send(request(), { rating: 4 })).rejects.toMatchObject({ code });
    expect(api.standing).toBe('open');
  });

  it('open() after it was given, as by a rejoin, leaves it given', async () => {
    await api.send(request(), { rating: 4 });
    api.open();
    expect(api.standing).toBe('given');
  });

  it('stands in a reload of the tab as it stood before', async () => {
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

  it('with storage that throws, or that holds something strange, goes on', () => {
    const forgetful = apiOf('sess_1', FORBIDDEN_STORAGE);
    forgetful.open();
    expect(forgetful.standing).toBe('open');
    storage.setItem('televisit:feedback:sess_1', 'maybe');
    expect(api.standing).toBe('none');
  });
});

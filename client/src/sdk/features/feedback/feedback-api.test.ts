import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FeedbackApi } from './feedback-api.ts';
import { FakeServer } from '../../testing/fake-server.ts';
import { FakeStorage, FORBIDDEN_STORAGE } from '../../testing/fakes.ts';

let server: FakeServer;
let storage: FakeStorage;
let desk: FeedbackApi;
beforeAll(async () => (server = await FakeServer.start()));
afterAll(() => server.close());
beforeEach(() => {
  server.feedback.length = 0;
  server.feedbackProblem = null;
  storage = new FakeStorage();
  desk = new FeedbackApi('sess_1', storage);
});

const request = () => ({ baseUrl: server.url, sessionId: 'sess_1', token: 'abc' });

describe('FeedbackDesk', () => {
  it('is closed to somebody who wasn’t in the visit, and open() changes that', () => {
    expect(desk.standing).toBe('none');
    desk.open();
    expect(desk.standing).toBe('open');
  });

  it('send() hands in stars and comment, and it is given', async () => {
    desk.open();
    await desk.send(request(), { rating: 4, comment: 'Good sound.' });
    expect(server.feedback).toEqual([{ rating: 4, comment: 'Good sound.' }]);
    expect(desk.standing).toBe('given');
  });

  it('send() without a comment hands in null', async () => {
    await desk.send(request(), { rating: 5 });
    expect(server.feedback).toEqual([{ rating: 5, comment: null }]);
  });

  it('send() of what was given before throws feedback_given, and it is given', async () => {
    desk.open();
    server.feedbackProblem = { status: 409, code: 'feedback_given' };
    await expect(desk.send(request(), { rating: 4 })).rejects.toMatchObject({ code: 'feedback_given' });
    expect(desk.standing).toBe('given');
  });

  it.each([
    [429, 'too_many_requests'],
    [503, 'store_unavailable'],
    [401, 'token_expired'],
  ])('send() refused with %i %s throws that, and another try is possible', async (status, code) => {
    desk.open();
    server.feedbackProblem = { status, code };
    await expect(desk.send(request(), { rating: 4 })).rejects.toMatchObject({ code });
    expect(desk.standing).toBe('open');
  });

  it('open() after it was given, as by a rejoin, leaves it given', async () => {
    await desk.send(request(), { rating: 4 });
    desk.open();
    expect(desk.standing).toBe('given');
  });

  it('stands in a reload of the tab as it stood before', async () => {
    desk.open();
    expect(new FeedbackApi('sess_1', storage).standing).toBe('open');
    await desk.send(request(), { rating: 4 });
    expect(new FeedbackApi('sess_1', storage).standing).toBe('given');
    expect(new FeedbackApi('sess_2', storage).standing).toBe('none');
  });

  it('forget() makes a beginning for somebody else', () => {
    desk.open();
    desk.forget();
    expect(desk.standing).toBe('none');
  });

  it('with storage that throws, or that holds something strange, goes on', () => {
    const forgetful = new FeedbackApi('sess_1', FORBIDDEN_STORAGE);
    forgetful.open();
    expect(forgetful.standing).toBe('open');
    storage.setItem('televisit:feedback:sess_1', 'maybe');
    expect(desk.standing).toBe('none');
  });
});

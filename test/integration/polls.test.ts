import type { PollView } from '@televisit/shared/features/polls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { TestVisit } from '../support/fixtures/visit.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const DAYS = ['Monday', 'Tuesday', 'Friday'];
const QUESTION = { question: 'Which day?', answers: DAYS, multiple: false, anonymous: false, correct: null };

const open = async (host: ProtocolClient, change: Partial<typeof QUESTION> | { correct: number } = {}) =>
  (await host.request('poll:open', { ...QUESTION, ...change })).pollId;
const vote = (one: ProtocolClient, pollId: string, ...answers: number[]) =>
  one.request('poll:vote', { pollId, answers });
const close = (host: ProtocolClient, pollId: string) => host.request('poll:close', { pollId });

/** The newest view of the poll that a participant was sent. */
const seen = (one: ProtocolClient): PollView | undefined => one.received('poll:changed').at(-1);
/** Everything that a participant was sent about polls, as text. */
const wire = (one: ProtocolClient) => JSON.stringify(one.received('poll:changed'));

async function three(options = {}) {
  const visit = await TestVisit.ofFive(options, { env: { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' } });
  const [doctor, patient, guest] = (await visit.joinAll(['doctor', 'patient', 'guest'])) as [
    ProtocolClient,
    ProtocolClient,
    ProtocolClient,
  ];
  return { visit, doctor, patient, guest };
}

describe('polls', () => {
  it('everyone sees live counts and voters of a named poll, and a later vote replaces an earlier one', async () => {
    const { visit, doctor, patient, guest } = await three();
    const observer = await visit.join('observer');
    const pollId = await open(doctor);
    for (const one of [doctor, patient, guest, observer]) {
      await expect.poll(() => seen(one)).toMatchObject({ pollId, question: 'Which day?', answers: DAYS });
    }
    await vote(patient, pollId, 0);
    await vote(guest, pollId, 2);
    await expect.poll(() => seen(observer)?.counts).toEqual([1, 0, 1]);
    await vote(patient, pollId, 2);
    for (const one of [doctor, patient, guest, observer]) {
      await expect
        .poll(() => seen(one))
        .toMatchObject({
          counts: [0, 0, 2],
          voters: 2,
          votes: [
            { userId: 'patient', displayName: 'PATIENT', role: 'patient', answers: [2] },
            { userId: 'guest', displayName: 'GUEST', role: 'guest', answers: [2] },
          ],
          closedAt: null,
        });
    }
    expect([seen(doctor)?.mine, seen(patient)?.mine]).toEqual([[], [2]]);
    await close(doctor, pollId);
    await expect.poll(() => seen(guest)?.closedAt).toMatch(/Z$/);
    await expect(vote(patient, pollId, 1)).rejects.toMatchObject({ code: 'poll_closed' });
    await expect(close(doctor, pollId)).rejects.toMatchObject({ code: 'poll_closed' });
  });

  it('a participant who joins later gets all polls with their results', async () => {
    const { visit, doctor, patient } = await three();
    const first = await open(doctor);
    await vote(patient, first, 1);
    await close(doctor, first);
    const second = await open(doctor, { question: 'And now?', multiple: true });
    await vote(patient, second, 2, 0);
    const late = await visit.connect('colleague');
    const { polls } = await late.enter();
    expect(polls).toMatchObject([
      { pollId: first, counts: [0, 1, 0], closedAt: expect.stringMatching(/Z$/) as string },
      { pollId: second, counts: [1, 0, 1], voters: 1, multiple: true, closedAt: null },
    ]);
  });

  it('polls are refused to people without permission, if the visit has none, or while another is open', async () => {
    const { visit, doctor, patient } = await three();
    const observer = await visit.join('observer');
    await expect(open(patient)).rejects.toMatchObject({ code: 'forbidden' });
    const pollId = await open(doctor);
    await expect(open(doctor)).rejects.toMatchObject({ code: 'poll_open' });
    await expect(vote(observer, pollId, 0)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(close(patient, pollId)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(vote(patient, 'nothing', 0)).rejects.toMatchObject({ code: 'poll_not_found' });
    await expect(vote(patient, pollId, 0, 1)).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(vote(patient, pollId, 7)).rejects.toMatchObject({ code: 'validation_failed' });

    const without = await three({ polls: false });
    await expect(open(without.doctor)).rejects.toMatchObject({ code: 'polls_off' });
    await expect(vote(without.patient, pollId, 0)).rejects.toMatchObject({ code: 'polls_off' });
    expect((await (await without.visit.connect('colleague')).enter()).polls).toEqual([]);
  });

  it.each([
    ['one answer', { answers: ['Yes'] }],
    ['nine answers', { answers: Array.from({ length: 9 }, (_, index) => String(index)) }],
    ['the same answer twice', { answers: ['Yes', 'Yes'] }],
    ['an empty question', { question: '' }],
    ['a correct answer that it does not have', { correct: 3 }],
  ])('poll:open with %s is refused', async (_, change) => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    await expect(doctor.send('poll:open', { ...QUESTION, ...change })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });

  it('nobody learns who voted in an anonymous poll: on the wire, in the report, the API and exports', async () => {
    const { visit, doctor, patient, guest } = await three();
    const { api } = visit.server;
    const pollId = await open(doctor, { anonymous: true });
    await vote(patient, pollId, 1);
    await expect.poll(() => seen(patient)).toMatchObject({ counts: [0, 1, 0], votes: null, mine: [1] });
    await expect.poll(() => seen(doctor)?.voters).toBe(1);
    expect(seen(doctor)?.mine).toEqual([]);
    expect(wire(doctor) + wire(guest)).not.toMatch(/patient/i);
    expect((await api.exportUser('patient')).sessions[0]?.polls).toEqual([
      { question: 'Which day?', answers: ['Tuesday'] },
    ]);
    expect((await api.exportUser('guest')).sessions[0]?.polls).toEqual([]);
    await close(doctor, pollId);
    // From now on the server does not know it either.
    expect((await api.exportUser('patient')).sessions[0]?.polls).toEqual([]);
    const { polls } = await api.getReport(visit.sessionId);
    expect(polls[0]?.answers).toEqual(DAYS.map((text, index) => ({ text, votes: index % 2, userIds: null })));
    expect(await api.listPolls(visit.sessionId)).toEqual({ polls });
    const stored = await visit.server.televisit.store.features.polls.list(visit.sessionId);
    expect(stored[0]?.votes).toEqual([{ seat: null, answers: [1] }]);
  });

  it('an anonymous poll forgets its voters also if the visit ends while it is open', async () => {
    const { visit, doctor, patient } = await three();
    const pollId = await open(doctor, { anonymous: true });
    await vote(patient, pollId, 1);
    await visit.server.api.endSession(visit.sessionId);
    const votes = async () =>
      (await visit.server.televisit.store.features.polls.list(visit.sessionId))[0]?.votes;
    await expect.poll(votes).toEqual([{ seat: null, answers: [1] }]);
    const { polls } = await visit.server.api.listPolls(visit.sessionId);
    expect(polls).toMatchObject([{ voters: 1, closedAt: expect.stringMatching(/Z$/) as string }]);
  });

  it('the correct answer of a quiz is on the wire to hosts only, until the poll is closed', async () => {
    const { visit, doctor, patient } = await three();
    const pollId = await open(doctor, { correct: 2 });
    await vote(patient, pollId, 0);
    await expect.poll(() => seen(doctor)).toMatchObject({ quiz: true, correct: 2, voters: 1 });
    await expect.poll(() => seen(patient)?.voters).toBe(1);
    expect(patient.received('poll:changed').map(({ correct }) => correct)).toEqual([null, null]);
    const observer = await visit.connect('observer');
    expect((await observer.enter()).polls).toMatchObject([{ quiz: true, correct: null }]);
    await close(doctor, pollId);
    await expect.poll(() => seen(patient)?.correct).toBe(2);
  });

  it('opening and closing are in the audit log, and a webhook brings the counts without names', async () => {
    const { visit, doctor, patient } = await three();
    const inbox = await WebhookInbox.open();
    await visit.server.api.createWebhookEndpoint({ url: inbox.url, events: ['poll.closed'] });
    const pollId = await open(doctor);
    await vote(patient, pollId, 1);
    await close(doctor, pollId);
    const polls = (await visit.history()).filter((entry) => entry.startsWith('poll.'));
    expect(polls).toEqual(['poll.opened by doctor', 'poll.closed by doctor']);
    await expect.poll(() => inbox.posted).toHaveLength(1);
    expect(JSON.parse(inbox.posted[0]!.body)).toMatchObject({
      type: 'poll.closed',
      sessionId: visit.sessionId,
      data: { pollId, counts: [0, 1, 0], voters: 1 },
    });
    expect(inbox.posted[0]!.body).not.toMatch(/patient|doctor/i);
  });

  it('an erased voter is counted and no longer named', async () => {
    const { visit, doctor, patient, guest } = await three();
    const pollId = await open(doctor);
    await vote(patient, pollId, 1);
    await vote(guest, pollId, 1);
    expect((await visit.server.api.exportUser('patient')).sessions[0]?.polls).toEqual([
      { question: 'Which day?', answers: ['Tuesday'] },
    ]);
    await visit.server.api.eraseUser('patient');
    await expect
      .poll(() => seen(doctor))
      .toMatchObject({
        counts: [0, 2, 0],
        voters: 2,
        votes: [{ userId: 'guest', displayName: 'GUEST', role: 'guest', answers: [1] }],
      });
    const { polls } = await visit.server.api.getReport(visit.sessionId);
    expect(polls[0]?.answers[1]).toEqual({ text: 'Tuesday', votes: 2, userIds: ['guest'] });
  });

  it('a poll survives that everyone leaves', async () => {
    const { visit, doctor, patient, guest } = await three();
    const pollId = await open(doctor);
    await vote(patient, pollId, 2);
    for (const one of [doctor, patient, guest]) await one.request('leave', {});
    await expect.poll(() => visit.server.televisit.rooms.size).toBe(0);
    const back = await visit.connect('patient');
    expect((await back.enter()).polls).toMatchObject([{ pollId, counts: [0, 0, 1], mine: [2] }]);
    await vote(back, pollId, 0);
    expect(seen(back)?.counts).toEqual([1, 0, 0]);
  });

  it('a poll survives a restart of the server', async () => {
    const env = { DATA_DIR: temporaryFolder() };
    const first = await startServer({ env, closedBy: 'caller' });
    const { sessionId } = await first.createVisit();
    const doctor = await ProtocolClient.join(first, sessionId, 'doctor');
    const pollId = await open(doctor, { anonymous: true });
    await vote(doctor, pollId, 1);
    await first.close();
    const second = await startServer({ env });
    const back = await ProtocolClient.open(second, sessionId, 'doctor');
    expect((await back.enter()).polls).toMatchObject([{ pollId, counts: [0, 1, 0], mine: [1] }]);
    await vote(back, pollId, 2);
    await close(back, pollId);
    expect(seen(back)).toMatchObject({ counts: [0, 0, 1], voters: 1 });
  });

  it.runIf(MongoServer.available())(
    'votes reach everyone while the visit moves to another server',
    async () => {
      const mongo = await MongoServer.start();
      onTestFinished(() => mongo.dispose());
      const uri = mongo.uriFor();
      const [eu, us] = (await Promise.all(
        ['eu', 'us'].map((region) =>
          startServer({ env: { MONGO_URI: uri, SFU_NODES: `${region}-1`, REGION: region } }),
        ),
      )) as [TestServer, TestServer];
      for (const { api } of [eu, us]) {
        await expect
          .poll(async () => (await api.listNodes()).nodes.filter(({ url }) => url !== '').length)
          .toBe(2);
      }
      const { sessionId } = await eu.createVisit(undefined, { region: 'eu' });
      const doctor = await ProtocolClient.join(eu, sessionId, 'doctor');
      const patient = await ProtocolClient.join(eu, sessionId, 'patient');
      const pollId = await open(doctor);
      await vote(patient, pollId, 0);
      await eu.api.drainNode('eu-1', { deadlineSeconds: 60 });
      for (const one of [doctor, patient])
        await expect.poll(() => one.received('visit:moved')).toHaveLength(1);
      const there = await ProtocolClient.open(us, sessionId, 'doctor');
      expect((await there.enter()).polls).toMatchObject([{ pollId, counts: [1, 0, 0] }]);
      await vote(patient, pollId, 1);
      await expect.poll(() => seen(there)?.counts).toEqual([0, 1, 0]);
      await vote(there, pollId, 1);
      await expect.poll(() => seen(patient)?.counts, { timeout: 10_000 }).toEqual([0, 2, 0]);
      await close(there, pollId);
      await expect.poll(() => seen(patient)?.closedAt, { timeout: 10_000 }).toMatch(/Z$/);
    },
  );
});

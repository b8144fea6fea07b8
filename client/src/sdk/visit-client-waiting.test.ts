import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientUnderTest } from './testing/client-under-test.ts';
import { chatMessage, person, waitingPerson } from './testing/fakes.ts';

const SINCE = Date.parse('2026-01-01T09:55:00.000Z');
const waiting = { since: '2026-01-01T09:55:00.000Z', hostPresent: true, needsAdmission: true };
const line = { text: 'Two minutes, please.', displayName: 'Dr. Okafor', at: waiting.since };

let one: ClientUnderTest;

beforeEach(async () => {
  one = await ClientUnderTest.start();
});
afterEach(() => one.close());

/** The secret that the page creates. */
const device = expect.stringMatching(/^[0-9a-f]{24}$/) as string;

describe('VisitClient in the waiting room', () => {
  it('join() answered with waiting waits, with the time by this device’s clock', async () => {
    one.server.clockOffset = 3_600_000;
    await one.inTheWaitingRoom();
    const { waiting: shown, clockOffset, me, startedAt } = one.state;
    expect(shown).toMatchObject({ since: SINCE - clockOffset, hostPresent: false, messages: [] });
    expect({ me, startedAt }).toEqual({ me: null, startedAt: null });
    expect(one.state.feedback).toBe('none');
  });

  it('sends nothing from camera and microphone before the admission', async () => {
    await one.inTheWaitingRoom();
    await one.client.setOn('microphone', false);
    await one.client.setOn('microphone', true);
    expect(one.server.messages('producer:resume')).toEqual([]);
    expect(one.server.messages('producer:create')).toEqual([
      expect.objectContaining({ paused: true }),
      expect.objectContaining({ paused: true }),
    ]);
  });

  it('joins with all sources when admitted, without another message', async () => {
    await one.inTheWaitingRoom();
    const before = one.server.received.length;
    const result = one.server.joinResult({
      participants: [person('doc1', { role: 'doctor' })],
      chat: [chatMessage(1, 'doc1')],
    });
    one.server.tell('admitted', result);
    const state = await one.phase('joined');
    expect(state).toMatchObject({ waiting: null, me: { userId: 'me' }, feedback: 'open' });
    expect(state.participants.map(({ userId }) => userId)).toEqual(['doc1']);
    expect(state.chat.messages).toHaveLength(1);
    expect(one.server.received.slice(before).filter(({ message }) => message === 'join')).toEqual([]);
  });

  it('shows changed conditions and messages from hosts', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('waiting:message', line);
    one.server.tell('waiting:updated', waiting);
    const state = await one.until((now) => now.waiting?.hostPresent === true);
    expect(state.waiting).toMatchObject({ needsAdmission: true, messages: [line] });
  });

  it('keeps announcements through the admission until they are dismissed', async () => {
    const [early, late] = ['Please stay.', 'Nearly there.'].map((text) => ({ text, at: waiting.since }));
    await one.inTheWaitingRoom();
    one.server.tell('announcement', early!);
    one.server.tell('announcement', late!);
    one.server.tell('admitted', one.server.joinResult({}));
    const { announcements } = await one.phase('joined');
    expect(announcements).toEqual([early, late]);
    one.client.dismissAnnouncement(announcements[0]!);
    expect(one.state.announcements).toEqual([late]);
  });

  it('is out when declined, and join() asks again', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('declined');
    expect(await one.phase('declined')).toMatchObject({ waiting: null });
    one.client.join();
    await one.phase('waiting');
    expect(one.server.messages('join')).toHaveLength(2);
  });

  it('does not ask again by itself after a drop when declined', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('declined');
    await one.phase('declined');
    await one.reconnected();
    expect(one.state.phase).toBe('declined');
    expect(one.server.messages('join')).toHaveLength(1);
  });

  it('waits again by itself after a drop, and keeps messages from hosts', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('waiting:message', line);
    await one.until((state) => state.waiting?.messages.length === 1);
    one.server.sendToWaitingRoom({ hostPresent: true });
    await one.reconnected();
    expect(one.server.messages('join')).toHaveLength(2);
    expect(one.state).toMatchObject({
      phase: 'waiting',
      waiting: { since: SINCE - one.state.clockOffset, hostPresent: true, messages: [line] },
    });
  });

  it('is let in by the next join when a host admitted during a drop', async () => {
    await one.inTheWaitingRoom();
    one.server.letIn();
    one.server.cut();
    expect(await one.phase('joined')).toMatchObject({ waiting: null });
  });

  it('names switched sources again, and joins with the last ones', async () => {
    await one.inTheWaitingRoom();
    expect(one.server.messages('join')).toEqual([{ live: ['microphone', 'camera'], device }]);
    await one.client.setOn('camera', false);
    await one.server.until('join', 2);
    expect(one.server.messages('join').at(-1)).toEqual({ live: ['microphone'], device });
    expect(one.state.phase).toBe('waiting');
  });

  it('stays in the call when admitted while a device is switched', async () => {
    await one.inTheWaitingRoom();
    one.server.answers.join = () => {
      one.server.tell('admitted', one.server.joinResult());
      return { ok: false, error: { code: 'already_joined', message: 'in already' } };
    };
    await one.client.setOn('camera', false);
    await one.phase('joined');
    await one.client.setOn('camera', true);
    expect(one.state).toMatchObject({ phase: 'joined', connection: 'connected' });
    expect(one.server.messages('prepare')).toHaveLength(1);
  });

  it('leave() leaves the waiting room at once', async () => {
    await one.inTheWaitingRoom();
    await one.client.leave();
    expect(one.state).toMatchObject({ phase: 'left', waiting: null });
    expect(one.server.messages('leave')).toHaveLength(1);
    expect(one.media.tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
  });

  it.each(['waiting:updated', 'declined'] as const)(
    '%s on the way of leave() changes nothing',
    async (event) => {
      await one.inTheWaitingRoom();
      const phases: string[] = [];
      one.client.subscribe(({ phase }) => phases.push(phase));
      one.server.answers.leave = () => {
        if (event === 'declined') one.server.tell('declined');
        else one.server.tell('waiting:updated', waiting);
        return { ok: true, data: null };
      };
      await one.client.leave();
      expect(new Set(phases)).toEqual(new Set(['left']));
    },
  );

  it('ends when the visit ends meanwhile', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('session:ended', { reason: 'host_ended' });
    expect(await one.phase('ended')).toMatchObject({ waiting: null, error: null });
  });

  it('fails with removed when removed', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('dismissed', { reason: 'removed' });
    expect((await one.phase('failed')).error?.code).toBe('removed');
  });

  it('is replaced by another tab of the same participant', async () => {
    await one.inTheWaitingRoom();
    one.server.tell('replaced');
    expect(await one.phase('replaced')).toMatchObject({ waiting: null });
  });

  it('shows the waiting people to a host in the preview', async () => {
    await one.prepared();
    one.server.tell('waiting:people', { people: [waitingPerson('pat1')] });
    const state = await one.until(({ waitingPeople }) => waitingPeople.length === 1);
    expect(state.phase).toBe('ready');
  });
});

describe('VisitClient.waitingRoom', () => {
  it('admit(), decline() and message() send messages', async () => {
    await one.inTheCall();
    await one.client.waitingRoom.message('pat1', 'Two minutes, please.');
    await one.client.waitingRoom.admit('pat1');
    await one.client.waitingRoom.decline('pat2');
    expect(one.server.received.slice(-3)).toMatchObject([
      { message: 'waiting:message', payload: { userId: 'pat1', text: 'Two minutes, please.' } },
      { message: 'waiting:admit', payload: { userId: 'pat1' } },
      { message: 'waiting:decline', payload: { userId: 'pat2' } },
    ]);
  });

  it('throws not_waiting for a person who no longer waits', async () => {
    await one.inTheCall();
    one.server.answers['waiting:admit'] = () => ({
      ok: false,
      error: { code: 'not_waiting', message: 'no' },
    });
    await expect(one.client.waitingRoom.admit('pat1')).rejects.toMatchObject({ code: 'not_waiting' });
  });

  it('throws not_joined without a connection', async () => {
    await expect(one.client.waitingRoom.admit('pat1')).rejects.toMatchObject({ code: 'not_joined' });
  });
});

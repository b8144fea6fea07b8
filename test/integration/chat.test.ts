import { describe, expect, it } from 'vitest';
import { MAX_CHAT_TEXT } from '@televisit/shared/vocabulary';
import { type ChatMessage } from '@televisit/shared/signaling';
import { FiveSeatVisit } from '../support/fixtures/five-seat-visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '../support/infra/manual-clock.ts';

let sent = 0;
const say = (one: ProtocolClient, text: string, clientId = `message-${(sent += 1)}`) =>
  one.request('chat:send', { clientId, text });

const texts = (messages: readonly ChatMessage[] = []) => messages.map(({ text }) => text);

describe('chat:send', () => {
  it('reaches everybody in the visit, the sender too, and nobody else', async () => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    const observer = await clinic.join('observer');
    const guest = await clinic.connect('guest');
    await guest.prepare();
    const message = await say(patient, 'Good morning ☂', 'mine-1');
    expect(message).toEqual({
      seq: 1,
      clientId: 'mine-1',
      userId: 'patient',
      displayName: 'PATIENT',
      role: 'patient',
      text: 'Good morning ☂',
      file: null,
      at: expect.stringMatching(/Z$/) as string,
    });
    for (const one of [doctor, patient, observer]) {
      await expect.poll(() => one.received('chat:message')).toEqual([message]);
    }
    await guest.request('consumer:ready', { consumerIds: [] });
    expect(guest.received('chat:message')).toEqual([]);
  });

  it('of several people at once has one order for all', async () => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    const said = Array.from({ length: 15 }, (_, index) => [
      say(doctor, `doctor ${index}`),
      say(patient, `patient ${index}`),
    ]);
    const acknowledged = await Promise.all(said.flat());
    for (const one of [doctor, patient]) {
      await expect.poll(() => one.received('chat:message').length).toBe(30);
      const order = one.received('chat:message').map(({ seq }) => seq);
      expect(order).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    }
    const bySeq = [...acknowledged].sort((a, b) => a.seq - b.seq);
    expect(doctor.received('chat:message')).toEqual(bySeq);
    expect((await clinic.session()).messages).toBe(30);
  });

  it('sent again after a lost answer and a reconnect makes no second message', async () => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    patient.socket.emit('chat:send', { clientId: 'once', text: 'Did you get this?' });
    await expect.poll(() => doctor.received('chat:message').length).toBe(1);
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    const back = await clinic.join('patient');
    expect(await say(back, 'Did you get this?', 'once')).toEqual(doctor.received('chat:message')[0]);
    await say(back, 'And this?');
    await expect
      .poll(() => texts(doctor.received('chat:message')))
      .toEqual(['Did you get this?', 'And this?']);
  });

  it('with the same id from somebody else is another message', async () => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    await say(doctor, 'one', 'same');
    await say(patient, 'two', 'same');
    await expect.poll(() => texts(patient.received('chat:message'))).toEqual(['one', 'two']);
  });

  it('comes with the join of who comes later, also after everybody was away', async () => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    await say(doctor, 'one');
    const patient = await clinic.connect('patient');
    await patient.prepare();
    await say(doctor, 'two');
    expect(texts((await patient.joinLive([])).chat)).toEqual(['one', 'two']);
    await doctor.request('leave', {});
    await patient.request('leave', {});
    await expect.poll(() => clinic.server.televisit.rooms.size).toBe(0);
    const back = await clinic.connect('patient');
    expect(texts((await back.enter()).chat)).toEqual(['one', 'two']);
    expect((await say(back, 'three')).seq).toBe(3);
  });

  it('comes with the admission of a waiting person', async () => {
    const clinic = await FiveSeatVisit.open({ waitingRoom: 'admit' });
    const doctor = await clinic.join('doctor');
    await say(doctor, 'one');
    const patient = await clinic.wait('patient');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => texts(patient.received('admitted')[0]?.chat)).toEqual(['one']);
  });

  it('is refused where the visit has no chat', async () => {
    const clinic = await FiveSeatVisit.open({ chat: false });
    const patient = await clinic.join('patient');
    await expect(say(patient, 'Hello')).rejects.toMatchObject({ code: 'chat_off' });
    expect(patient.received('chat:message')).toEqual([]);
  });

  it('is refused to observers', async () => {
    const clinic = await FiveSeatVisit.open();
    const observer = await clinic.join('observer');
    await expect(say(observer, 'Hello')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['no text and no file', { clientId: 'a' }],
    ['a text and a file', { clientId: 'a', text: 'x', fileId: 'y' }],
    ['an empty text', { clientId: 'a', text: '' }],
    ['a text that is too long', { clientId: 'a', text: 'x'.repeat(MAX_CHAT_TEXT + 1) }],
    ['an override of direction', { clientId: 'a', text: 'abc\u202edef' }],
    ['no id', { text: 'x' }],
  ])('with %s is refused', async (_, payload) => {
    const clinic = await FiveSeatVisit.open();
    const patient = await clinic.join('patient');
    await expect(patient.send('chat:send', payload)).rejects.toMatchObject({ code: 'validation_failed' });
    expect((await clinic.session()).messages).toBe(0);
  });

  it('with the longest text passes', async () => {
    const clinic = await FiveSeatVisit.open();
    const patient = await clinic.join('patient');
    const text = '☂'.repeat(MAX_CHAT_TEXT);
    expect((await say(patient, text)).text).toBe(text);
  });

  it('with a file that nobody sent is refused', async () => {
    const clinic = await FiveSeatVisit.open();
    const patient = await clinic.join('patient');
    await expect(patient.request('chat:send', { clientId: 'a', fileId: 'nothing' })).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  it('of an erased person is gone for who comes later', async () => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    const patient = await clinic.join('patient');
    await say(patient, 'My name is Ben');
    await say(doctor, 'Hello Ben');
    await clinic.server.api.eraseUser('patient');
    await expect.poll(() => patient.received('dismissed').length).toBe(1);
    const { chat } = await (await clinic.connect('colleague')).enter();
    expect(chat).toMatchObject([
      { seq: 1, text: null, file: null, displayName: null },
      { seq: 2, text: 'Hello Ben', userId: 'doctor' },
    ]);
    expect(chat.map(({ userId }) => userId)).not.toContain('patient');
  });

  it('of somebody whom another server erased is gone for who comes later', async () => {
    const clock = new ManualClock(Date.now());
    const clinic = await FiveSeatVisit.open({}, { clock });
    await clinic.join('doctor');
    const patient = await clinic.join('patient');
    await say(patient, 'My name is Ben');
    const session = await clinic.session();
    const seats = session.seats.map((seat) =>
      seat.userId === 'patient'
        ? { ...seat, userId: 'erased-1', displayName: null, removedAt: clock.now() }
        : seat,
    );
    // Written past this process's own way of changing sessions, as another server does.
    const next = { ...session, seats, version: session.version + 1 };
    expect(await clinic.server.televisit.store.update({ next, events: [] })).toBe(true);
    await expect
      .poll(() => {
        clock.advance(1000);
        return patient.received('dismissed').length;
      })
      .toBe(1);
    const { chat } = await (await clinic.connect('colleague')).enter();
    expect(chat).toMatchObject([{ seq: 1, userId: 'erased-1', text: null, displayName: null }]);
  });
});

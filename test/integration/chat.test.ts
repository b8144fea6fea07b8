import { describe, expect, it } from 'vitest';
import { MAX_CHAT_TEXT } from '@televisit/shared/vocabulary';
import { type ChatMessage } from '@televisit/shared/signaling';
import { TestVisit } from '../support/fixtures/visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';

let sent = 0;
const say = (one: ProtocolClient, text: string, clientId = `message-${(sent += 1)}`) =>
  one.request('chat:send', { clientId, text });

const texts = (messages: readonly ChatMessage[] = []) => messages.map(({ text }) => text);

describe('chat:send', () => {
  it('a message reaches every participant, also its sender, and no one outside the visit', async () => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    const observer = await visit.join('observer');
    const guest = await visit.connect('guest');
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

  it('messages sent at once have the same order for everyone', async () => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
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
    expect((await visit.session()).messages).toBe(30);
  });

  it('a message that is sent again after a lost ack and a reconnect appears once', async () => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    patient.socket.emit('chat:send', { clientId: 'once', text: 'Did you get this?' });
    await expect.poll(() => doctor.received('chat:message').length).toBe(1);
    patient.drop();
    await expect.poll(() => doctor.received('participant:updated').at(-1)?.connected).toBe(false);
    const back = await visit.join('patient');
    expect(await say(back, 'Did you get this?', 'once')).toEqual(doctor.received('chat:message')[0]);
    await say(back, 'And this?');
    await expect
      .poll(() => texts(doctor.received('chat:message')))
      .toEqual(['Did you get this?', 'And this?']);
  });

  it('a message with the id of another participant’s message is a second message', async () => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await say(doctor, 'one', 'same');
    await say(patient, 'two', 'same');
    await expect.poll(() => texts(patient.received('chat:message'))).toEqual(['one', 'two']);
  });

  it('a participant who joins later gets the messages, also if everyone was disconnected in between', async () => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    await say(doctor, 'one');
    const patient = await visit.connect('patient');
    await patient.prepare();
    await say(doctor, 'two');
    expect(texts((await patient.joinLive([])).chat)).toEqual(['one', 'two']);
    await doctor.request('leave', {});
    await patient.request('leave', {});
    await expect.poll(() => visit.server.televisit.rooms.size).toBe(0);
    const back = await visit.connect('patient');
    expect(texts((await back.enter()).chat)).toEqual(['one', 'two']);
    expect((await say(back, 'three')).seq).toBe(3);
  });

  it('a waiting participant gets the messages when admitted', async () => {
    const visit = await TestVisit.ofFive({ waitingRoom: 'admit' });
    const doctor = await visit.join('doctor');
    await say(doctor, 'one');
    const patient = await visit.wait('patient');
    await doctor.request('waiting:admit', { userId: 'patient' });
    await expect.poll(() => texts(patient.received('admitted')[0]?.chat)).toEqual(['one']);
  });

  it('chat:send is refused if chat is disabled', async () => {
    const visit = await TestVisit.ofFive({ chat: false });
    const patient = await visit.join('patient');
    await expect(say(patient, 'Hello')).rejects.toMatchObject({ code: 'chat_off' });
    expect(patient.received('chat:message')).toEqual([]);
  });

  it('chat:send is refused for observers', async () => {
    const visit = await TestVisit.ofFive();
    const observer = await visit.join('observer');
    await expect(say(observer, 'Hello')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['no text and no file', { clientId: 'a' }],
    ['a text and a file', { clientId: 'a', text: 'x', fileId: 'y' }],
    ['an empty text', { clientId: 'a', text: '' }],
    ['a text that is too long', { clientId: 'a', text: 'x'.repeat(MAX_CHAT_TEXT + 1) }],
    ['an override of direction', { clientId: 'a', text: 'abc\u202edef' }],
    ['no id', { text: 'x' }],
  ])('chat:send with %s is refused', async (_, payload) => {
    const visit = await TestVisit.ofFive();
    const patient = await visit.join('patient');
    await expect(patient.send('chat:send', payload)).rejects.toMatchObject({ code: 'validation_failed' });
    expect((await visit.session()).messages).toBe(0);
  });

  it('chat:send accepts the longest text', async () => {
    const visit = await TestVisit.ofFive();
    const patient = await visit.join('patient');
    const text = '☂'.repeat(MAX_CHAT_TEXT);
    expect((await say(patient, text)).text).toBe(text);
  });

  it('chat:send is refused for a file that was not uploaded', async () => {
    const visit = await TestVisit.ofFive();
    const patient = await visit.join('patient');
    await expect(patient.request('chat:send', { clientId: 'a', fileId: 'nothing' })).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  it('messages of an erased user are missing for participants who join later', async () => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await say(patient, 'My name is Ben');
    await say(doctor, 'Hello Ben');
    await visit.server.api.eraseUser('patient');
    await expect.poll(() => patient.received('dismissed').length).toBe(1);
    const { chat } = await (await visit.connect('colleague')).enter();
    expect(chat).toMatchObject([
      { seq: 1, text: null, file: null, displayName: null },
      { seq: 2, text: 'Hello Ben', userId: 'doctor' },
    ]);
    expect(chat.map(({ userId }) => userId)).not.toContain('patient');
  });

  it('messages of a user whom another server erased are missing for participants who join later', async () => {
    const clock = new ManualClock(Date.now());
    const visit = await TestVisit.ofFive({}, { clock });
    await visit.join('doctor');
    const patient = await visit.join('patient');
    await say(patient, 'My name is Ben');
    const session = await visit.session();
    const seats = session.seats.map((seat) =>
      seat.userId === 'patient'
        ? { ...seat, userId: 'erased-1', displayName: null, removedAt: clock.now() }
        : seat,
    );
    // Writes to the store directly, as another server does.
    const next = { ...session, seats, version: session.version + 1 };
    expect(await visit.server.televisit.store.update({ next, events: [] })).toBe(true);
    await expect
      .poll(() => {
        clock.advance(1000);
        return patient.received('dismissed').length;
      })
      .toBe(1);
    const { chat } = await (await visit.connect('colleague')).enter();
    expect(chat).toMatchObject([{ seq: 1, userId: 'erased-1', text: null, displayName: null }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BACKEND } from '../../domain/testing/sessions.ts';
import type { Room } from '../../room/room.ts';
import { FakePage, joined, RoomFixture } from '../../room/testing/room-fixture.ts';

let fixture: RoomFixture;
let room: Room;
let doctor: FakePage;
let patient: FakePage;
beforeEach(async () => {
  fixture = await RoomFixture.start();
  room = await fixture.open();
  doctor = await joined(room);
  patient = await joined(room, 'patient-1', 'patient');
});
afterEach(() => fixture.close());

const send = (page: FakePage, clientId: string, text: string) =>
  page.request('chat:send', { clientId, text });
const texts = (page: FakePage) =>
  (page.received('chat:message') as { text: string }[]).map(({ text }) => text);

describe('RoomChat', () => {
  it('chat:send reaches every participant once, also if it is repeated', async () => {
    await send(patient, 'a', 'Hello.');
    await send(patient, 'a', 'Hello.');
    for (const page of [doctor, patient]) expect(texts(page)).toEqual(['Hello.']);
  });

  it('messages that are sent at once go out in the order in which they are stored', async () => {
    await Promise.all(['a', 'b', 'c'].map((id, index) => send(index === 1 ? doctor : patient, id, id)));
    const order = (doctor.received('chat:message') as { seq: number }[]).map(({ seq }) => seq);
    expect(order).toEqual([1, 2, 3]);
    expect(texts(patient)).toEqual(texts(doctor));
  });

  it('a participant who joins later receives all messages', async () => {
    await send(patient, 'a', 'Hello.');
    const guest = await joined(room, 'guest-1', 'guest');
    await guest.request('leave', {});
    const again = new FakePage(room, 'guest-1', 'guest');
    expect(await again.ask()).toMatchObject({ result: { chat: [{ text: 'Hello.' }] } });
  });

  it('the messages of a person who is erased are emptied', async () => {
    await send(patient, 'a', 'Hello.');
    const { sessions } = room;
    await sessions.erase(room.sessionId, 'patient-1', 'erased-1', BACKEND);
    const guest = new FakePage(room, 'guest-1', 'guest');
    expect(await guest.ask()).toMatchObject({ result: { chat: [{ userId: 'erased-1', text: null }] } });
  });
});

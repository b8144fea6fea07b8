import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NINE } from '../../domain/testing/sessions.ts';
import type { Room } from '../../room/room.ts';
import { FakePage, joined, RoomFixture } from '../../room/testing/room-fixture.ts';
import { shownTo } from './announcements.ts';

let fixture: RoomFixture;
let room: Room;
beforeEach(async () => {
  fixture = await RoomFixture.start();
  room = await fixture.open();
});
afterEach(() => fixture.close());

describe('Announcements', () => {
  it('a request shows the text on every page, and names each person once', async () => {
    const pages = [await joined(room), new FakePage(room, 'patient-1', 'patient')];
    pages.push(new FakePage(room, 'patient-1', 'patient'));
    const answers = await fixture.rooms.ask(room.sessionId, 'announcements', { text: 'Ten minutes late.' });
    for (const page of pages) {
      const at = new Date(NINE).toISOString();
      expect(page.received('announcement')).toEqual([{ text: 'Ten minutes late.', at }]);
    }
    expect([...shownTo(answers)]).toEqual(['doctor-1', 'patient-1']);
  });

  it('a request with another payload fails', async () => {
    const asked = fixture.rooms.ask(room.sessionId, 'announcements', { text: 'one\ntwo' });
    await expect(asked).rejects.toThrow();
  });

  it('shownTo returns no one if the session has no room', async () => {
    expect(shownTo(await fixture.rooms.ask('sess_none', 'announcements', { text: 'Hello' })).size).toBe(0);
  });
});

import type { MeetingEvent } from '@televisit/server/domain/meeting-events';
import type { Store } from '@televisit/server/domain/session-store';
import { after, created, AT_ZOOM, EIGHT, NINE } from '@televisit/server/domain/testing/sessions';
import * as meetings from '@televisit/server/domain/meetings';
import { describe, expect, it, onTestFinished } from 'vitest';

const SESSION = 'sess_00000001';

function joined(key: string, name = 'Pat'): MeetingEvent {
  return { key, meetingId: '8123', at: NINE, type: 'joined', stay: { id: key, person: { name } } };
}

/** The contract of every store of meetings at other providers. @param place provides a fresh database for each test */
export function meetingEventsContract(name: string, place: () => { open: () => Promise<Store> }): void {
  describe(`meetings at other providers in ${name}`, () => {
    const opened = async (open: () => Promise<Store>) => {
      const store = await open();
      onTestFinished(() => store.close());
      return store;
    };
    const keys = (events: readonly MeetingEvent[]) => events.map(({ key }) => key).sort();

    it('keeps the first event with a key', async () => {
      const { meetingEvents } = await opened(place().open);
      await meetingEvents.add(SESSION, 1, [joined('a', 'First'), joined('b')]);
      await meetingEvents.add(SESSION, 1, [joined('a', 'Second'), joined('c')]);
      const events = await meetingEvents.ofMeeting(SESSION, 1);
      expect(keys(events)).toEqual(['a', 'b', 'c']);
      expect(events.find(({ key }) => key === 'a')).toEqual(joined('a', 'First'));
    });

    it('keeps the events of generations and sessions apart', async () => {
      const { meetingEvents } = await opened(place().open);
      await meetingEvents.add(SESSION, 1, [joined('a')]);
      await meetingEvents.add(SESSION, 2, [joined('b')]);
      await meetingEvents.add('sess_2', 1, [joined('c')]);
      expect(keys(await meetingEvents.ofMeeting(SESSION, 2))).toEqual(['b']);
    });

    it('stores names and keys with any characters', async () => {
      const { meetingEvents } = await opened(place().open);
      const odd = [String.raw`$where.a"'\{}`, '__proto__', 'Jörg.\u{1f600}'].map((text) =>
        joined(text, text),
      );
      await meetingEvents.add(SESSION, 1, odd);
      expect(await meetingEvents.ofMeeting(SESSION, 1)).toEqual(expect.arrayContaining(odd));
    });

    it('keeps the mark of a meeting for which events came in the meantime', async () => {
      const { meetingEvents } = await opened(place().open);
      await meetingEvents.add(SESSION, 1, [joined('a')]);
      const [seen] = await meetingEvents.inbox(10);
      expect(seen).toMatchObject({ sessionId: SESSION, generation: 1 });
      await meetingEvents.add(SESSION, 1, [joined('b')]);
      await meetingEvents.applied(seen!);
      const [again] = await meetingEvents.inbox(10);
      expect(again).toMatchObject({ sessionId: SESSION, generation: 1 });
      await meetingEvents.applied(again!);
      expect(await meetingEvents.inbox(10)).toEqual([]);
    });

    it('adds the same events concurrently', async () => {
      const { meetingEvents } = await opened(place().open);
      await Promise.all([1, 2, 3, 4].map(() => meetingEvents.add(SESSION, 1, [joined('a'), joined('b')])));
      expect(keys(await meetingEvents.ofMeeting(SESSION, 1))).toEqual(['a', 'b']);
    });

    it('rewrites the events of one session', async () => {
      const { meetingEvents } = await opened(place().open);
      await meetingEvents.add(SESSION, 1, [joined('a')]);
      await meetingEvents.add('sess_2', 1, [joined('a')]);
      await meetingEvents.rewrite(SESSION, (event) => ({ ...event, ...joined(event.key, 'Nobody') }));
      expect(await meetingEvents.ofMeeting(SESSION, 1)).toEqual([joined('a', 'Nobody')]);
      expect(await meetingEvents.ofMeeting('sess_2', 1)).toEqual([joined('a')]);
    });

    it('finds sessions by their meetings, and those with a step that is due', async () => {
      const { open } = place();
      const store = await opened(open);
      const change = created({ carrier: AT_ZOOM });
      await store.insert(change);
      expect(await store.dueMeetings(NINE - 26 * 60_000, 10)).toEqual([]);
      expect(await store.dueMeetings(NINE - 25 * 60_000, 10)).toEqual([change.next]);
      const ref = { meetingId: '8123', hostId: null, data: { 'person:a.b$c': 'x' } };
      const ready = meetings.created(change.next, 1, ref, 'plan', EIGHT);
      await store.update(ready!);
      expect(await store.findByMeeting('zoom', '8123')).toEqual(ready!.next);
      expect(await store.findByMeeting('jaas', '8123')).toBeUndefined();
      expect(await store.findByMeeting('zoom', '$ne')).toBeUndefined();
    });

    it('deletes everything with the session', async () => {
      const store = await opened(place().open);
      const change = created({ carrier: AT_ZOOM });
      await store.insert(change);
      const ref = { meetingId: '8123', hostId: null, data: {} };
      const ready = meetings.created(change.next, 1, ref, 'plan', EIGHT);
      await store.update(ready!);
      await store.meetingEvents.add(SESSION, 1, [joined('a')]);
      const over = after(ready!.next, (one) => ({
        next: { ...one, status: 'ended', endedAt: EIGHT, version: one.version + 1 },
        events: [],
      }));
      await store.update({ next: over, events: [] });
      expect(await store.purge(NINE, 10)).toBe(1);
      expect(await store.meetingEvents.ofMeeting(SESSION, 1)).toEqual([]);
      expect(await store.meetingEvents.inbox(10)).toEqual([]);
      expect(await store.findByMeeting('zoom', '8123')).toBeUndefined();
    });
  });
}

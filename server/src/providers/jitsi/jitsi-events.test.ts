import type { TelevisitError } from '@televisit/shared/errors';
import { describe, expect, it } from 'vitest';
import { jitsiEvents } from './jitsi-events.ts';

const ROOM = {
  room_name: 'visit_7kq',
  room_jid: 'visit_7kq@conference.meet.test',
  is_breakout: false,
};
const PAT = {
  occupant_jid: 'c1@meet.test/web',
  joined_at: 1_700_000_000,
  id: 'p-1',
  name: 'Pat',
  email: 'p@x.test',
};

const read = (path: string, body: unknown) =>
  jitsiEvents({
    path: `/events/${path}`,
    headers: {},
    rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    now: 0,
  });
const codeOf = (attempt: () => unknown) => {
  try {
    attempt();
    return null;
  } catch (error) {
    return (error as TelevisitError).code;
  }
};

describe('jitsiEvents', () => {
  it('reads who joined and left, with times in milliseconds', () => {
    const [joined] = read('occupant/joined', { ...ROOM, event_name: 'muc-occupant-joined', occupant: PAT });
    const [left] = read('occupant/left', { ...ROOM, occupant: { ...PAT, left_at: 1_700_000_060 } });
    expect(joined).toMatchObject({ type: 'joined', meetingId: 'visit_7kq', at: 1_700_000_000_000 });
    expect(left).toMatchObject({ type: 'left', at: 1_700_000_060_000 });
    const stays = [joined, left].map((event) => (event && 'stay' in event ? event.stay : null));
    expect(stays[0]).toEqual(stays[1]);
    expect(stays[0]?.person).toEqual({ userId: 'p-1', name: 'Pat', email: 'p@x.test' });
  });

  it('gives a person who returns on the same connection another stay', () => {
    const ids = [PAT, { ...PAT, joined_at: 1_700_000_090 }].map((occupant) => {
      const [event] = read('occupant/joined', { ...ROOM, occupant });
      return event && 'stay' in event ? event.stay.id : null;
    });
    expect(new Set(ids).size).toBe(2);
  });

  it('repeats people from the end of a room with the keys of their own events', () => {
    const gone = { ...PAT, left_at: 1_700_000_060 };
    const single = [
      ...read('occupant/joined', { ...ROOM, occupant: PAT }),
      ...read('occupant/left', { ...ROOM, occupant: gone }),
    ];
    const ended = { ...ROOM, created_at: 1_700_000_000, destroyed_at: 1_700_000_061, all_occupants: [gone] };
    const all = read('room/destroyed', ended);
    expect(all.slice(0, 2)).toEqual(single);
    expect(all[2]).toMatchObject({ type: 'emptied', at: 1_700_000_061_000 });
  });

  it('takes the end of the room for people whose leaving is not known', () => {
    const ended = { ...ROOM, created_at: 1_700_000_000, destroyed_at: 1_700_000_061, all_occupants: [PAT] };
    expect(read('room/destroyed', ended)[1]).toMatchObject({ type: 'left', at: 1_700_000_061_000 });
  });

  it('takes the empty object of Lua for an empty list', () => {
    const ended = { ...ROOM, created_at: 1, destroyed_at: 2, all_occupants: {} };
    expect(read('room/destroyed', ended)).toMatchObject([{ type: 'emptied' }]);
  });

  it('ignores breakout rooms, and people of whom the module knows nothing', () => {
    const breakout = { ...ROOM, is_breakout: true, breakout_room_id: 'b' };
    expect(read('occupant/left', { ...breakout, occupant: { ...PAT, left_at: 1_700_000_060 } })).toEqual([]);
    expect(read('room/created', { ...breakout, created_at: 1 })).toEqual([]);
    expect(read('occupant/left', { ...ROOM, event_name: 'muc-occupant-left' })).toEqual([]);
  });

  it('reads people without a token, who have no id', () => {
    const [event] = read('occupant/joined', {
      ...ROOM,
      occupant: { occupant_jid: 'c2@x/y', joined_at: 5, name: 'Guest' },
    });
    expect(event).toMatchObject({ stay: { person: { name: 'Guest' } } });
  });

  it('refuses other paths, and bodies that are no events', () => {
    expect(codeOf(() => read('room/renamed', ROOM))).toBe('not_found');
    expect(codeOf(() => read('room/created', '{'))).toBe('bad_json');
    expect(codeOf(() => read('room/created', { ...ROOM, created_at: 'yesterday' }))).toBe(
      'validation_failed',
    );
    expect(codeOf(() => read('room/created', { created_at: 1 }))).toBe('validation_failed');
  });
});

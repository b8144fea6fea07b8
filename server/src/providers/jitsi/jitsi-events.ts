import { TelevisitError } from '@televisit/shared/errors';
import { z } from 'zod';
import type { MeetingEvent, Stay, WebhookRequest } from '../meeting-provider.ts';
import { eventKey, webhookBody } from '../webhook-proof.ts';

/** The events of the Prosody module `event_sync_component` (jitsi-contrib), which have no ids and times in seconds. */

const text = z.string().nullish();
const seconds = z.number().nonnegative();

const occupant = z.object({
  occupant_jid: z.string(),
  joined_at: seconds,
  left_at: seconds.nullish(),
  /** `context.user.id` of the token. */
  id: text,
  name: text,
  email: text,
});

const common = { room_name: z.string(), room_jid: z.string(), is_breakout: z.boolean().nullish() };

const created = z.object({ ...common, created_at: seconds });
const destroyed = z.object({
  ...common,
  destroyed_at: seconds,
  // Lua encodes an empty list as an object.
  all_occupants: z.union([z.array(occupant), z.object({}).transform(() => [])]),
});
// Missing for people who were in before the module was loaded.
const moved = z.object({ ...common, occupant: occupant.nullish() });

type Common = z.output<z.ZodObject<typeof common>>;
type Occupant = z.output<typeof occupant>;

/**
 * Reads the events of a request.
 * @throws {TelevisitError} `not_found` if no event has this address, and those of `webhookBody`
 */
export function jitsiEvents({ path, rawBody }: WebhookRequest): readonly MeetingEvent[] {
  switch (path) {
    case '/events/room/created':
      return ofMainRoom(webhookBody(rawBody, created), (room) => [started(room, room.created_at)]);
    case '/events/room/destroyed':
      return ofMainRoom(webhookBody(rawBody, destroyed), destroyedEvents);
    case '/events/occupant/joined':
      return ofMainRoom(webhookBody(rawBody, moved), (room) =>
        room.occupant ? [joined(room, room.occupant)] : [],
      );
    case '/events/occupant/left':
      return ofMainRoom(webhookBody(rawBody, moved), (room) =>
        room.occupant ? left(room, room.occupant, room.occupant.left_at) : [],
      );
    default:
      throw new TelevisitError('not_found');
  }
}

/** Breakout rooms report as their main room, and moving there looks like leaving and joining. */
function ofMainRoom<T extends Common>(
  room: T,
  events: (room: T) => readonly MeetingEvent[],
): readonly MeetingEvent[] {
  return room.is_breakout ? [] : events(room);
}

/** The last event of a room repeats who was in when: what was lost on the way counts from now on. */
function destroyedEvents(room: z.output<typeof destroyed>): readonly MeetingEvent[] {
  const { destroyed_at: destroyedAt, room_jid: roomJid } = room;
  const key = eventKey('muc-room-destroyed', roomJid, destroyedAt);
  return [
    ...room.all_occupants.flatMap((one) => [
      joined(room, one),
      ...left(room, one, one.left_at ?? destroyedAt),
    ]),
    { key, meetingId: meetingIdOf(room), at: destroyedAt * 1000, type: 'emptied' },
  ];
}

function started(room: Common, createdAt: number): MeetingEvent {
  const key = eventKey('muc-room-created', room.room_jid, createdAt);
  return { key, meetingId: meetingIdOf(room), at: createdAt * 1000, type: 'started' };
}

function joined(room: Common, one: Occupant): MeetingEvent {
  const key = eventKey('muc-occupant-joined', room.room_jid, one.occupant_jid, one.joined_at);
  const at = one.joined_at * 1000;
  return { key, meetingId: meetingIdOf(room), at, type: 'joined', stay: stayOf(room, one) };
}

function left(room: Common, one: Occupant, leftAt: number | null | undefined): readonly MeetingEvent[] {
  if (typeof leftAt !== 'number') return [];
  const key = eventKey('muc-occupant-left', room.room_jid, one.occupant_jid, one.joined_at, leftAt);
  return [{ key, meetingId: meetingIdOf(room), at: leftAt * 1000, type: 'left', stay: stayOf(room, one) }];
}

function stayOf(room: Common, { occupant_jid: jid, joined_at: joinedAt, id, name, email }: Occupant): Stay {
  const person = {
    ...(id ? { userId: id } : {}),
    ...(email ? { email } : {}),
    ...(name ? { name } : {}),
  };
  return { id: eventKey('stay', room.room_jid, jid, joinedAt), person };
}

function meetingIdOf({ room_name: name }: Common): string {
  return name.toLowerCase();
}

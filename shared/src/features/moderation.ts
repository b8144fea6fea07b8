import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { hostNotes, person } from '../core/fields.ts';
import { DEVICE_SOURCES, type DeviceSource } from '../vocabulary.ts';

export const moderation = feature({
  name: 'moderation',
  messages: {
    'moderation:mute': {
      payload: z.strictObject({ ...person.shape, source: z.enum(DEVICE_SOURCES) }),
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary:
        'Switches the microphone or camera of a participant off. Only the participant can switch it on again.',
    },
    'moderation:ask-unmute': {
      payload: person,
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Asks a participant to switch the microphone on.',
    },
    'moderation:remove': {
      payload: person,
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'normal',
      summary: 'Removes a person for good, from the preview and the waiting room too.',
    },
    'moderation:lock': {
      payload: z.strictObject({ locked: z.boolean() }),
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Locks or unlocks the visit.',
    },
    'notes:set': {
      payload: z.strictObject({ text: z.union([z.literal(''), hostNotes]) }),
      ack: nothing,
      phase: 'connected',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Replaces the host notes; the backend can read them.',
    },
  },
  events: {
    muted: {
      payload: typed<{ source: DeviceSource; by: string | null }>(),
      summary: 'A host switched your microphone or camera off. `by` is the host’s display name.',
    },
    'unmute:asked': {
      payload: typed<{ by: string | null }>(),
      summary: 'A host asks you to switch the microphone on. `by` is the host’s display name.',
    },
  },
  room: typed<{
    /** While the visit is locked, a host must admit everyone but hosts, whatever the waiting room option says. */
    readonly locked: boolean;
  }>(),
  facts: {
    'room.locked': { kind: 'event', data: typed<object>(), details: [], repeatable: true },
    'room.unlocked': { kind: 'event', data: typed<object>(), details: [], repeatable: true },
    'participant.muted': {
      kind: 'note',
      data: typed<{ readonly seat: number; readonly source: DeviceSource }>(),
      details: ['source'],
    },
    'participant.asked_to_unmute': { kind: 'note', data: typed<{ readonly seat: number }>(), details: [] },
  },
});

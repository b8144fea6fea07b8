import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { paragraph, person, utcTime, webhookPerson } from '../core/fields.ts';
import type { WaitingState } from '../core/views.ts';
import { MAX_WAITING_TEXT, WAITING_ROOMS, type NetworkLevel, type Role } from '../vocabulary.ts';

/** A person in the waiting room, as hosts see them. */
export interface WaitingView {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** False while the server waits for a dropped connection to come back. */
  readonly connected: boolean;
  readonly network: NetworkLevel | null;
}

/** A line of text from a host to a waiting person. */
export interface WaitingMessage {
  readonly text: string;
  readonly displayName: string | null;
  /** RFC 3339, UTC. */
  readonly at: string;
}

interface Seat {
  readonly seat: number;
}

export const waitingRoom = feature({
  name: 'waiting-room',
  messages: {
    'waiting:admit': {
      payload: person,
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'normal',
      summary: 'Admits a waiting person.',
    },
    'waiting:decline': {
      payload: person,
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'normal',
      summary: 'Declines a waiting person for now.',
    },
    'waiting:message': {
      payload: z.strictObject({ ...person.shape, text: paragraph(MAX_WAITING_TEXT) }),
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Sends a line of text to a waiting person.',
    },
  },
  events: {
    'waiting:updated': {
      payload: typed<WaitingState>(),
      summary: 'To a waiting person: the conditions of admission changed.',
    },
    declined: {
      payload: typed<undefined>(),
      summary: 'To a waiting person: a host declined for now. Sending `join` asks again.',
    },
    'waiting:message': {
      payload: typed<WaitingMessage>(),
      summary: 'To a waiting person: a line of text from a host.',
    },
    'waiting:people': {
      payload: typed<{ people: readonly WaitingView[] }>(),
      summary: 'To hosts, in the preview too: all waiting people, the longest waiting first.',
    },
  },
  snapshot: typed<{
    /** The waiting people, for hosts; empty for other participants. */
    readonly waiting: readonly WaitingView[];
  }>(),
  options: {
    waitingRoom: {
      schema: z.enum(WAITING_ROOMS).meta({
        description:
          'Who waits to be let in: `until-host`, everyone until a host is present; `admit`, everyone except hosts until a host admits them; `off`, no one.',
      }),
      default: 'until-host',
    },
  },
  facts: {
    'participant.waiting': {
      kind: 'event',
      data: typed<Seat>(),
      details: [],
      repeatable: true,
      webhook: {
        description: 'A person came to the waiting room.',
        data: {
          ...webhookPerson,
          waitingSince: utcTime.meta({ description: 'Since when the person waits.' }),
        },
        example: { userId: 'patient-7', role: 'patient', waitingSince: '2026-01-31T08:00:00.000Z' },
      },
    },
    'participant.admitted': {
      kind: 'event',
      data: typed<Seat>(),
      details: [],
      repeatable: true,
      webhook: {
        description: 'A waiting person was let in.',
        data: webhookPerson,
        example: { userId: 'patient-7', role: 'patient' },
      },
    },
    'participant.declined': { kind: 'event', data: typed<Seat>(), details: [], repeatable: true },
  },
  errors: {
    not_waiting: {
      status: 409,
      title: 'This person is not in the waiting room',
      remedy: 'Look at the newest list of waiting people.',
    },
  },
});

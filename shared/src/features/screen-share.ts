import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { person, utcTime } from '../core/fields.ts';

/** A period during which a screen was shared, up to now if it still is. */
const shareView = z.strictObject({
  startedAt: utcTime.meta({ description: 'When the share began.' }),
  seconds: z.int().meta({ description: 'How long it lasted; up to now if it is still running.' }),
});

/** The same with the participant who shared it. */
const shareOf = z
  .strictObject({ userId: z.string().meta({ description: 'Who shared their screen.' }), ...shareView.shape })
  .meta({ id: 'ScreenShare' });

interface Seat {
  readonly seat: number;
}

export const screenShare = feature({
  name: 'screen-share',
  messages: {
    'moderation:stop-share': {
      payload: person,
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'normal',
      summary: 'Stops the shared screen of a participant.',
    },
    'moderation:screen-share': {
      payload: z.strictObject({ allowed: z.boolean() }),
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Allows or forbids participants other than hosts to share their screen.',
    },
  },
  events: {
    'share:stopped': {
      payload: typed<{ by: string | null }>(),
      summary: 'A host stopped your shared screen, or forbade sharing. `by` is the host’s display name.',
    },
  },
  room: typed<{
    /** Whether participants other than hosts may share their screen. */
    readonly screenShareAllowed: boolean;
  }>(),
  options: {
    screenShare: {
      schema: z.boolean().meta({
        description:
          'Whether people who are not hosts may initially share their screen. Hosts always may, and can change this during the visit.',
      }),
      default: true,
    },
  },
  report: {
    shares: z.array(shareOf).meta({ description: 'The screen shares, in the order in which they began.' }),
  },
  personalData: {
    shares: z.array(shareView).meta({ description: 'When the person shared a screen.' }),
  },
  facts: {
    'screen_share.allowed': { kind: 'event', data: typed<object>(), details: [], repeatable: true },
    'screen_share.forbidden': { kind: 'event', data: typed<object>(), details: [], repeatable: true },
    'screen_share.started': { kind: 'event', data: typed<Seat>(), details: [], repeatable: true },
    'screen_share.stopped': { kind: 'event', data: typed<Seat>(), details: [], repeatable: true },
    'screen_share.stopped_by_host': { kind: 'note', data: typed<Seat>(), details: [] },
  },
  errors: {
    screen_share_off: {
      status: 403,
      title: 'Sharing a screen is not allowed now',
      remedy: 'Ask a host of the visit to allow it.',
    },
  },
});

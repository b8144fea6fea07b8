import { ZOOM_CAPABILITIES } from '@televisit/server/providers/zoom/zoom-provider';
import { time, type ZoomEvent } from '../support/infra/zoom-double-account.ts';
import { ZOOM_CREDENTIALS, type ZoomDouble } from '../support/infra/zoom-double.ts';
import { addressOf, startZoom } from '../support/infra/zoom-provider.ts';
import type { ProviderUnderTest, SourceEvent } from './meeting-harness.ts';
import { describeProvider } from './meeting-provider.ts';

const EVENTS = {
  started: 'meeting.started',
  emptied: 'meeting.ended',
  joined: 'meeting.participant_joined',
  left: 'meeting.participant_left',
} as const;

async function start(): Promise<ProviderUnderTest> {
  const { double, provider } = await startZoom();
  return {
    provider,
    now: () => double.now(),
    admits: (entry) => Promise.resolve({ asHost: double.account.admission(addressOf({ entry })).asHost }),
    double: {
      meetings: () => double.meetings(),
      forget: (meetingId) => double.forget(meetingId),
      down: () => double.down(),
      up: () => double.up(),
      loseNextCreation: () => double.fail('lose-creation'),
      limit: (form, ms, count) => double.limit(form, ms, count),
    },
    webhooks: { request: (event) => double.sign(zoomEvent(event, double)) },
    attend: (_, stays) => {
      const began = double.now();
      const inside = stays.map(({ link, minutes }) => ({
        participant: double.join(addressOf(link)),
        until: began + minutes * 60_000,
      }));
      for (const { participant, until } of inside.sort((left, right) => left.until - right.until)) {
        double.advance(until - double.now());
        double.leave(participant);
      }
      return Promise.resolve();
    },
  };
}

/** Returns an event as Zoom would report it; the same arguments make the same one. */
function zoomEvent({ type, meeting, attended, at }: SourceEvent, double: ZoomDouble): ZoomEvent {
  const { id, uuid, host } = double.account.meeting(meeting.meetingId);
  const times =
    type === 'started' ? { start_time: time(at) } : type === 'emptied' ? { end_time: time(at) } : {};
  const participant = attended && {
    user_id: String(16_778_240 + 1024 * attended.stay),
    participant_uuid: `PARTICIPANT-${attended.stay}`,
    id: '',
    user_name: 'Guest',
    email: '',
    registrant_id: meeting.data[`person:${attended.person.userId}`],
    [type === 'joined' ? 'join_time' : 'leave_time']: time(at),
  };
  const object = {
    id: String(id),
    uuid,
    host_id: host.id,
    type: 2,
    ...times,
    ...(participant && { participant }),
  };
  return {
    event: EVENTS[type],
    event_ts: at + 700,
    payload: { account_id: ZOOM_CREDENTIALS.accountId, object },
  };
}

describeProvider('Zoom', {
  capabilities: ZOOM_CAPABILITIES,
  keepsMeetings: true,
  sendsWebhooks: true,
  start,
});

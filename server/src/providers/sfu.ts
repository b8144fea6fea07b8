import type { Placement } from '../domain/scheduler.ts';
import type { MeetingProvider } from './meeting-provider.ts';

/** Returns this server's own SFU as a provider. Sessions on it need no calls: the room opens with the first participant. */
export function sfuProvider(placement: Pick<Placement, 'reserve' | 'release'>): MeetingProvider {
  return {
    id: 'sfu',
    capabilities: {
      roles: 'enforced',
      waitingRoom: true,
      liveAttendance: 'own',
      records: true,
      identity: 'exact',
      endMeeting: true,
      idempotentCreate: true,
      created: 'window',
      entry: 'own',
    },
    create: ({ roomName }) => Promise.resolve({ meetingId: roomName, hostId: null, data: {} }),
    update: (meeting) => Promise.resolve(meeting),
    cancel: () => Promise.resolve(),
    end: () => Promise.resolve(),
    link: () => Promise.resolve({ entry: { kind: 'own' } }),
    attendance: () => Promise.resolve(null),
    receive: () => ({ events: [] }),
    check: () => {
      const name = 'SFU node';
      try {
        placement.release(placement.reserve({ region: null }));
        return Promise.resolve([{ name, ok: true, detail: 'A node takes visits.' }]);
      } catch {
        const remedy = 'Add an SFU node, or wait until one that is drained or full takes visits again.';
        return Promise.resolve([{ name, ok: false, detail: 'No node takes visits.', remedy }]);
      }
    },
  };
}

import { permissionsOf, type ProviderId, type Role } from '@televisit/shared/vocabulary';
import type { MeetingOpening, ProviderMeeting, VisitState } from '../../sdk/index.ts';
import { DEFAULT_OPTIONS, INITIAL_STATE } from '../testing/fakes.ts';
import { paintedTrack } from './painted-tracks.ts';

const MINUTE = 60_000;
const URL_OF_MEETING = 'https://zoom.example/j/1';
const ASKING = (problem: string) => ({ opening: { kind: 'asking', problem } as MeetingOpening });
const OPEN: MeetingOpening = {
  kind: 'open',
  entry: { kind: 'address', url: URL_OF_MEETING, expiresAt: null },
};

/** What each scene changes in a meeting that no participant has opened; `present` are ids of people, `minutes` since the start. */
const SCENES: Record<string, Partial<ProviderMeeting> & { present?: string[]; minutes?: number }> = {
  before: {},
  preparing: { readiness: 'preparing' },
  trouble: { readiness: 'unavailable' },
  asking: ASKING('meeting_not_ready'),
  unavailable: ASKING('provider_unavailable'),
  opened: { opening: OPEN, present: ['other'], minutes: 1 },
  in: { opening: OPEN, stay: 'in', present: ['me', 'other'], minutes: 12, strangers: 2 },
  out: { opening: OPEN, stay: 'out', present: ['other'], minutes: 28 },
  closing: { opening: OPEN, stay: 'in', present: ['me', 'other'], minutes: 42, closesAt: 4 * MINUTE },
  here: { provider: 'agora' },
};

export interface MeetingSceneOptions {
  readonly name: string;
  readonly role: Role;
  readonly provider: ProviderId;
}

/** Returns the state of a client whose visit another provider carries. */
export function meetingScene({ name, role, provider }: MeetingSceneOptions): Partial<VisitState> {
  const { present = [], minutes = null, closesAt = 60 * MINUTE, ...change } = SCENES[name] ?? {};
  const host = role === 'doctor';
  const self = {
    userId: 'me',
    role,
    displayName: host ? 'Dr. Marie Keller' : 'Ana Pérez',
    permissions: permissionsOf(role),
  };
  const seats = [
    self,
    {
      userId: 'other',
      role: host ? 'patient' : 'doctor',
      displayName: host ? 'Ana Pérez' : 'Dr. Marie Keller',
    },
    { userId: 'interpreter', role: 'interpreter', displayName: 'Wilhelmina van der Westhuizen-Oosterhout' },
  ] as const;
  const people = seats.map(({ userId, role: seat, displayName }) => ({ userId, role: seat, displayName }));
  const now = Date.now();
  return {
    phase: 'meeting',
    connection: 'connected',
    self,
    session: {
      sessionId: 's',
      roomName: 'r',
      sfuNodeId: 'n',
      provider,
      title: 'Follow-up after surgery',
      description: 'How the wound heals, and which medicine to go on with.\nPlease have your list at hand.',
      scheduledAt: new Date(now - (minutes ?? -5) * MINUTE).toISOString(),
      durationMinutes: 30,
      closesAt: new Date(now + closesAt).toISOString(),
      options: { ...DEFAULT_OPTIONS, waitingRoom: 'admit' },
      people,
      hostNotes: host ? 'Second check after the operation of 3 May. Ask about the pain at night.' : null,
      returnUrl: null,
    },
    startedAt: minutes === null ? null : now - minutes * MINUTE,
    meeting: {
      provider,
      readiness: 'ready',
      people: people.map((person) => ({
        ...person,
        present: present.includes(person.userId),
        hasLeft: false,
      })),
      strangers: 0,
      stay: 'before',
      opening: { kind: 'closed' },
      ...change,
      closesAt: now + closesAt,
    },
  };
}

/** The devices of a person who tries them. */
export function openDevices(): VisitState['local'] {
  const on = { state: 'on', problem: null, busy: false } as const;
  return {
    ...INITIAL_STATE.local,
    camera: { ...on, track: paintedTrack(99, 640, 360, 'person') },
    microphone: { ...on, track: null },
  };
}

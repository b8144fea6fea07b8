import { GoogleMeetProvider } from '@televisit/server/providers/google/google-meet-provider';
import type { Capabilities } from '@televisit/server/providers/meeting-provider';
import { ImpatientClock, MINUTE, settingsOf } from '../support/fixtures/google-adapter.ts';
import type { MeetChange } from '../support/infra/google-double-meet.ts';
import { GoogleDouble } from '../support/infra/google-double.ts';
import type { ProviderDouble, ProviderUnderTest, WebhookSource } from './meeting-harness.ts';
import { describeProvider } from './meeting-provider.ts';

type Mode = 'spaces' | 'calendar';

async function start(mode: Mode): Promise<ProviderUnderTest> {
  const double = await GoogleDouble.start();
  const clock = new ImpatientClock();
  const settings = settingsOf({ ...double.env, ...double.pushEnv, GOOGLE_MEET_MODE: mode });
  return {
    provider: new GoogleMeetProvider(settings, clock),
    now: () => clock.now(),
    admits: async (entry) => {
      const response = await fetch(entry.kind === 'address' ? entry.url : '');
      if (!response.ok) throw new Error(`Meet answered with ${response.status}`);
      return { asHost: false };
    },
    double: partsOf(double, mode),
    webhooks: new Pushes(double),
    attend: ({ meetingId }, people) => {
      const from = Date.now() - 60 * MINUTE;
      const stays = people.map(({ person, minutes }) => ({
        session: double.join(meetingId, person.alias, { at: from }),
        until: from + minutes * MINUTE,
      }));
      stays.sort((left, right) => left.until - right.until);
      for (const { session, until } of stays) double.leave(session, until);
      return Promise.resolve();
    },
  };
}

function partsOf(double: GoogleDouble, mode: Mode): ProviderDouble {
  const { calendar, meet } = double;
  const codeOf = ({ conferenceData }: { conferenceData?: { conferenceId?: string } }) =>
    conferenceData?.conferenceId ?? '';
  const open = () => meet.spaces.filter(({ config }) => config.entryPointAccess === 'ALL');
  return {
    meetings: () =>
      mode === 'spaces' ? open().map(({ name }) => name) : calendar.events().map((event) => codeOf(event)),
    forget: (meetingId) => {
      if (mode === 'spaces') meet.forget(meetingId);
      else calendar.purge(calendar.events().find((event) => codeOf(event) === meetingId)!.id);
    },
    down: () => double.down(),
    up: () => double.up(),
    loseNextCreation: () => double.fail('lost'),
    limit: (form, ms, times) => {
      const date = new Date(Date.now() + ms).toUTCString();
      double.limit(form === 'seconds' ? String(ms / 1000) : date, times);
    },
  };
}

/** Lets things happen in the double, and returns what Pub/Sub pushes about them. */
class Pushes implements WebhookSource {
  readonly #double: GoogleDouble;
  /** By event. */
  readonly #changes = new Map<string, MeetChange>();
  /** The open participant session of each person. */
  readonly #sessions = new Map<string, string>();

  constructor(double: GoogleDouble) {
    this.#double = double;
  }

  request({ type, meeting, attended, at }: Parameters<WebhookSource['request']>[0]) {
    const person = attended?.person.alias ?? 'the first and last person';
    const key = `${type} ${person} ${at}`;
    const change = this.#changes.get(key) ?? this.#happen(type, meeting.meetingId, person, at);
    this.#changes.set(key, change);
    return { path: '', now: Date.now(), ...this.#double.push.push(change) };
  }

  #happen(type: string, meetingId: string, person: string, at: number): MeetChange {
    const changes: MeetChange[] = [];
    this.#double.meet.onChange = (change) => void changes.push(change);
    if (type === 'started' || type === 'joined') {
      this.#sessions.set(person, this.#double.join(meetingId, person, { at }));
    } else {
      this.#double.leave(this.#sessions.get(person)!, at);
    }
    const suffix = type === 'emptied' ? 'ended' : type;
    return changes.find((change) => change.type.endsWith(suffix))!;
  }
}

const COMMON = {
  roles: 'none',
  liveAttendance: 'webhook',
  records: true,
  identity: 'name',
  entry: 'address',
} as const;
const SPACES: Capabilities = {
  ...COMMON,
  waitingRoom: true,
  endMeeting: true,
  idempotentCreate: false,
  created: 'window',
};
const CALENDAR: Capabilities = {
  ...COMMON,
  waitingRoom: false,
  endMeeting: false,
  idempotentCreate: true,
  created: 'booking',
};

// A token proves who sends a push of Pub/Sub, but not its body. The Meet API lists no spaces: one whose creation was not answered
// is unknown to everybody, and costs nothing.
describeProvider('Google Meet with spaces', {
  capabilities: SPACES,
  keepsMeetings: true,
  recognisesRepeats: false,
  sendsWebhooks: true,
  signsBody: false,
  start: () => start('spaces'),
});
describeProvider('Google Meet with Calendar', {
  capabilities: CALENDAR,
  keepsMeetings: true,
  sendsWebhooks: true,
  signsBody: false,
  start: () => start('calendar'),
});

import type { ProviderId } from '@televisit/shared/vocabulary';
import type {
  Capabilities,
  MeetingEvent,
  MeetingPlan,
  MeetingProvider,
  MeetingRecord,
  MeetingRef,
} from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';

const CAPABILITIES: Capabilities = {
  roles: 'host-only',
  waitingRoom: true,
  liveAttendance: 'webhook',
  records: true,
  identity: 'exact',
  endMeeting: true,
  idempotentCreate: false,
  created: 'window',
  entry: 'address',
};

/** A meeting as the provider has it. */
export interface ScriptedMeeting {
  readonly meetingId: string;
  /** What it was created for. */
  readonly marker: string;
  plan: MeetingPlan;
  state: 'open' | 'cancelled' | 'ended';
}

/**
 * A provider in memory for tests of what calls adapters. Like Zoom it creates another meeting for each call, which has to be
 * looked for first.
 */
export class ScriptedProvider implements MeetingProvider {
  readonly id: ProviderId;
  readonly capabilities: Capabilities;
  readonly meetings: ScriptedMeeting[] = [];
  /** The calls, such as `create` and `link doctor-1`. */
  readonly calls: string[] = [];
  /** Called at the beginning of a call; it may throw. */
  before: (call: string) => void | Promise<void> = () => undefined;
  /** Called when a call has taken effect, before the caller knows. */
  after: (call: string) => void | Promise<void> = () => undefined;
  records: readonly MeetingRecord[] | null = null;
  received: readonly MeetingEvent[] = [];
  /** Returns the address at which a person enters a meeting. */
  url = (meetingId: string, userId: string): string => `https://${this.id}.example/${meetingId}/${userId}`;

  constructor(id: ProviderId, capabilities: Partial<Capabilities> = {}) {
    this.id = id;
    this.capabilities = { ...CAPABILITIES, ...capabilities };
  }

  /** The meetings that exist. */
  get open(): readonly ScriptedMeeting[] {
    return this.meetings.filter(({ state }) => state === 'open');
  }

  /** Makes all calls fail, or succeed again. */
  fail(error: ProviderError | null): void {
    this.before = () => {
      if (error) throw error;
    };
  }

  create(plan: MeetingPlan, isRetry: boolean): Promise<MeetingRef> {
    return this.#call('create', () => {
      const known = isRetry ? this.#find(plan) : undefined;
      const meeting: ScriptedMeeting = known ?? {
        meetingId: `${this.id}-${this.meetings.length + 1}`,
        marker: markerOf(plan),
        plan,
        state: 'open',
      };
      if (!known) this.meetings.push(meeting);
      return refTo(meeting);
    });
  }

  find(plan: MeetingPlan): Promise<MeetingRef | null> {
    return this.#call('find', () => {
      const meeting = this.#find(plan);
      return meeting ? refTo(meeting) : null;
    });
  }

  update(ref: MeetingRef, plan: MeetingPlan): Promise<MeetingRef> {
    return this.#call('update', () => {
      this.#require(ref).plan = plan;
      return ref;
    });
  }

  cancel(ref: MeetingRef): Promise<void> {
    return this.#call('cancel', () => this.#close(ref, 'cancelled'));
  }

  end(ref: MeetingRef): Promise<void> {
    return this.#call('end', () => this.#close(ref, 'ended'));
  }

  link(ref: MeetingRef, _plan: MeetingPlan, { userId }: { userId: string }) {
    return this.#call(`link ${userId}`, () => {
      this.#require(ref);
      const url = this.url(ref.meetingId, userId);
      return {
        entry: { kind: 'address' as const, url, expiresAt: null },
        remember: { [`person:${userId}`]: userId },
      };
    });
  }

  attendance() {
    return this.#call('attendance', () => this.records);
  }

  receive() {
    return { events: this.received };
  }

  check() {
    return this.#call('check', () => [{ name: 'Connection', ok: true, detail: 'It answers.' }]);
  }

  #find(plan: MeetingPlan): ScriptedMeeting | undefined {
    return this.open.find(({ marker }) => marker === markerOf(plan));
  }

  #require({ meetingId }: MeetingRef): ScriptedMeeting {
    const meeting = this.open.find((one) => one.meetingId === meetingId);
    if (!meeting) throw new ProviderError('missing', 'there is no such meeting');
    return meeting;
  }

  #close({ meetingId }: MeetingRef, state: 'cancelled' | 'ended'): void {
    const meeting = this.open.find((one) => one.meetingId === meetingId);
    if (meeting) meeting.state = state;
  }

  async #call<T>(call: string, work: () => T): Promise<T> {
    this.calls.push(call);
    await this.before(call);
    const result = work();
    await this.after(call);
    return result;
  }
}

function markerOf({ sessionId, generation }: MeetingPlan): string {
  return `${sessionId}:${generation}`;
}

function refTo({ meetingId }: ScriptedMeeting): MeetingRef {
  return { meetingId, hostId: null, data: {} };
}

import { TelevisitError } from '@televisit/shared/errors';
import { currentMeeting } from '../domain/meeting-steps.ts';
import * as meetings from '../domain/meetings.ts';
import type { Meeting } from '../domain/meeting.ts';
import { seatIndex, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { planOf, type PlanOptions } from './meeting-plan.ts';
import type { MeetingEntry, MeetingPerson, MeetingProvider } from './meeting-provider.ts';
import { ProviderError } from './provider-error.ts';
import type { Providers } from './providers.ts';
import { reasonOf, refOf, unavailableFor, type Provisioner } from './provisioner.ts';

export interface MeetingsOptions {
  readonly sessions: Sessions;
  readonly providers: Providers;
  readonly provisioner: Provisioner;
  readonly plan: PlanOptions;
}

/** A way in, with the provider that carries the session by now. */
export interface Entry {
  readonly session: Session;
  /** `own` if this server's SFU carries it. */
  readonly entry: MeetingEntry;
}

/** Attempts until a person gets in, each at another provider or with a new meeting. */
const MAX_ATTEMPTS = 4;

/** Leads people into meetings at other providers. Which one it is, is decided when they enter. */
export class Meetings {
  readonly #options: MeetingsOptions;

  constructor(options: MeetingsOptions) {
    this.#options = options;
  }

  /**
   * Returns how a person enters a session that is open to them. Creates a missing meeting, and replaces a provider that
   * cannot be reached unless people are in its meeting.
   * @throws {TelevisitError} `meeting_not_ready`, `provider_unavailable`, `session_not_found`, `conflict`
   */
  async open(sessionId: string, userId: string): Promise<Entry> {
    const { sessions, provisioner } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const session = await provisioner.advance(sessionId, true);
      if (session.provider === 'sfu') return { session, entry: { kind: 'own' } };
      const meeting = requireReady(session);
      try {
        const link = await this.#call(session, meeting, userId, (adapter, ...rest) => adapter.link(...rest));
        await sessions.apply(sessionId, (current, now) =>
          meetings.linked(current, meeting.generation, link.remember ?? {}, now),
        );
        return { session, entry: link.entry };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        await this.#recover(session, meeting, error);
      }
    }
    throw new TelevisitError('meeting_not_ready', { retryAfter: 5 });
  }

  /**
   * Returns credentials for the provider's SDK.
   * @throws {TelevisitError} `no_credentials`, and those of `open`
   */
  async credentials(
    sessionId: string,
    userId: string,
  ): Promise<{ session: Session; entry: Extract<MeetingEntry, { kind: 'credentials' }> }> {
    const { providers, provisioner } = this.#options;
    const session = await provisioner.advance(sessionId, true);
    if (session.provider === 'sfu' || !providers.adapter(session.provider).credentials) {
      throw new TelevisitError('no_credentials');
    }
    const meeting = requireReady(session);
    try {
      const entry = await this.#call(session, meeting, userId, async (adapter, ...rest) => {
        if (!adapter.credentials) throw new TelevisitError('no_credentials');
        return adapter.credentials(...rest);
      });
      return { session, entry };
    } catch (error) {
      throw error instanceof ProviderError ? unavailableFor(error) : error;
    }
  }

  #call<T>(
    session: Session,
    meeting: Meeting,
    userId: string,
    work: (adapter: MeetingProvider, ...rest: Parameters<MeetingProvider['link']>) => Promise<T>,
  ): Promise<T> {
    const { providers, plan: options } = this.#options;
    const plan = planOf(session, meeting.generation, options);
    const person = requirePerson(session, plan.people, userId);
    return providers.call(meeting.provider, (adapter, signal) =>
      work(adapter, refOf(meeting), plan, person, signal),
    );
  }

  /** Makes another attempt possible. @throws {TelevisitError} `provider_unavailable` if it is not */
  async #recover(session: Session, { provider, generation }: Meeting, error: ProviderError): Promise<void> {
    const { sessions, provisioner } = this.#options;
    if (error.kind === 'missing') {
      await sessions.apply(session.sessionId, (current, now) => meetings.lost(current, generation, now));
      return;
    }
    const moved = await provisioner.fallBack(session, provider, reasonOf(provider, error));
    if (!moved) throw unavailableFor(error);
  }
}

/** @throws {TelevisitError} `meeting_not_ready`, `provider_unavailable` */
function requireReady(session: Session): Meeting {
  const meeting = currentMeeting(session);
  if (meeting?.state === 'ready') return meeting;
  // Another process may be creating it; a failure is tried again soon.
  const code = meeting?.error == null ? 'meeting_not_ready' : 'provider_unavailable';
  throw new TelevisitError(code, { retryAfter: code === 'meeting_not_ready' ? 2 : 10 });
}

/** @throws {TelevisitError} `participant_not_found`, `removed` */
function requirePerson(session: Session, people: readonly MeetingPerson[], userId: string): MeetingPerson {
  const person = people.find((one) => one.userId === userId);
  if (person) return person;
  throw new TelevisitError(seatIndex(session, userId) === -1 ? 'participant_not_found' : 'removed');
}

import { TelevisitError } from '@televisit/shared/errors';
import { isHost, seatIndex, type Session } from '../domain/session.ts';
import { Member, type Identity, type MemberOptions, type Replaced } from './member.ts';
import type { MemberConnection } from './member-connection.ts';

/** The members of a room, by user. */
export class Members implements Iterable<Member> {
  readonly #options: MemberOptions;
  readonly #byUser = new Map<string, Member>();
  readonly #participants = new Set<Member>();

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.#byUser.values();
  }

  get size(): number {
    return this.#byUser.size;
  }

  /** Those in the call, also while their connection is dropped, in the order in which they joined. */
  get participants(): ReadonlySet<Member> {
    return this.#participants;
  }

  /** Whether a host is in the call, also with a connection that dropped just now. */
  get hostPresent(): boolean {
    return [...this.#participants].some(({ isHost }) => isHost);
  }

  /** Those who are expected back in the call, and have not come yet. */
  get pendingReturns(): Member[] {
    return [...this].filter(({ presence }) => presence.kind === 'expected' && presence.place === 'call');
  }

  /** All open pages. */
  get connections(): MemberConnection[] {
    return [...this].flatMap(({ connections }) => [...connections]);
  }

  get(userId: string): Member | undefined {
    return this.#byUser.get(userId);
  }

  /** @throws {TelevisitError} `participant_not_found` */
  requireParticipant(userId: string): Member {
    const member = this.#byUser.get(userId);
    if (member?.isParticipant) return member;
    throw new TelevisitError('participant_not_found', { detail: 'This person is not in the visit.' });
  }

  /** Adds a page to its member. */
  attach(connection: MemberConnection): Member {
    const { userId, role, displayName, isHost } = connection;
    const member = this.#open(userId, { role, displayName, isHost });
    member.connections.add(connection);
    return member;
  }

  /**
   * Expects those who are in the call or the waiting room as far as the store knows: until now the session had its room
   * elsewhere, and they are on their way here.
   * @returns them
   */
  expectReturns(session: Session): readonly Member[] {
    return session.seats.flatMap(({ userId, role, displayName, waitingSince }, seat) => {
      const interval = session.intervals.find((one) => one.seat === seat && one.leftAt === null);
      if (!interval && waitingSince === null) return [];
      const member = this.#open(userId, { role, displayName, isHost: isHost(session, seat) });
      member.expect(interval ? 'call' : 'waiting-room', interval?.joinedAt ?? null);
      return [member];
    });
  }

  /** Takes over what a session states of its people. @returns the members who have changed for others */
  identify(session: Session): readonly Member[] {
    return [...this].filter((member) => {
      const seat = seatIndex(session, member.userId);
      const { role, displayName } = session.seats[seat] ?? member;
      return member.identify({ role, displayName, isHost: isHost(session, seat) });
    });
  }

  /** Takes a member into the call. @returns what that takes the place of */
  enter(
    member: Member,
    connection: MemberConnection,
    media: NonNullable<MemberConnection['media']>,
    device: string | undefined,
  ): Replaced {
    const replaced = member.enter(connection, media, device);
    this.#participants.add(member);
    return replaced;
  }

  /** Takes the place of a member away. @returns the page and the media that had it */
  release(member: Member): Replaced {
    this.#participants.delete(member);
    return member.release();
  }

  /** Forgets a member if nothing is left to keep. */
  forgetIfGone(member: Member): void {
    if (member.isGone && this.#byUser.get(member.userId) === member) this.#byUser.delete(member.userId);
  }

  #open(userId: string, identity: Identity): Member {
    const known = this.#byUser.get(userId);
    if (known) return known;
    const member = new Member(userId, identity, this.#options);
    this.#byUser.set(userId, member);
    return member;
  }
}

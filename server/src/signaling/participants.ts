import { TelevisitError } from '@televisit/shared/errors';
import type { ServerToClientEvents } from '@televisit/shared/signaling';
import type { Connection } from './connection.ts';
import type { Participant } from './participant.ts';

/** Those who have joined a visit, and what they are told. */
export class Participants implements Iterable<Participant> {
  readonly #byUser = new Map<string, Participant>();

  get size(): number {
    return this.#byUser.size;
  }

  /** Whether somebody is in who may moderate, be it with a connection that dropped just now. */
  get hostPresent(): boolean {
    return [...this].some(({ isHost }) => isHost);
  }

  [Symbol.iterator](): Iterator<Participant> {
    return this.#byUser.values();
  }

  get(userId: string): Participant | undefined {
    return this.#byUser.get(userId);
  }

  /** Who is in by this very connection. */
  of(connection: Connection): Participant | undefined {
    const participant = this.#byUser.get(connection.userId);
    return participant?.connection === connection ? participant : undefined;
  }

  /** @throws TelevisitError `participant_not_found` */
  require(userId: string): Participant {
    const participant = this.#byUser.get(userId);
    if (participant) return participant;
    throw new TelevisitError('participant_not_found', { detail: 'This person is not in the visit.' });
  }

  set(participant: Participant): void {
    this.#byUser.set(participant.userId, participant);
  }

  /** @returns whether it was this very one */
  delete(participant: Participant): boolean {
    return this.#byUser.get(participant.userId) === participant && this.#byUser.delete(participant.userId);
  }

  clear(): void {
    this.#byUser.clear();
  }

  others(participant: Participant): Participant[] {
    return [...this].filter((other) => other !== participant);
  }

  /** Only those who have joined hear of others. */
  tell<E extends keyof ServerToClientEvents>(
    event: E,
    payload: Parameters<ServerToClientEvents[E]>[0],
    except?: Participant,
  ): void {
    const args = [payload] as Parameters<ServerToClientEvents[E]>;
    for (const participant of this) {
      if (participant !== except) participant.connection?.emit(event, ...args);
    }
  }
}

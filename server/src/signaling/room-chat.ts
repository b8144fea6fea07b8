import type { ChatMessage } from '@televisit/shared/signaling';
import { AwaitQueue } from 'awaitqueue';
import type { Chats, Saying } from '../domain/chats.ts';
import { seatIndex, type Session } from '../domain/session.ts';
import type { Participants } from './participants.ts';

/** Stands for somebody whose pseudonym is not known here. */
const ERASED = 'erased';

export interface RoomChatOptions {
  readonly sessionId: string;
  readonly chats: Chats;
  readonly participants: Participants;
  /** Everything said so far. */
  readonly history: readonly ChatMessage[];
}

/** What is said in a visit, for everybody in the same order. */
export class RoomChat {
  readonly #options: RoomChatOptions;
  /** One message after the other, so that they go out in the order in which they are stored. */
  readonly #queue = new AwaitQueue();
  /** `Chats` bounds how many there can be. */
  #messages: readonly ChatMessage[];

  constructor(options: RoomChatOptions) {
    this.#options = options;
    this.#messages = options.history;
  }

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Stores a message, then sends it to everybody in the visit, once. @throws TelevisitError as `Chats.say` */
  say(userId: string, saying: Saying): Promise<ChatMessage> {
    return this.#queue.push(async () => {
      const { chats, sessionId, participants } = this.#options;
      const message = await chats.say(sessionId, userId, saying);
      if (this.#messages.some(({ seq }) => seq === message.seq)) return message;
      // One whose sending was cut short is sent when it is said again, behind later ones.
      this.#messages = [...this.#messages, message].sort((a, b) => a.seq - b.seq);
      participants.tell('chat:message', message);
      return message;
    });
  }

  /**
   * The visit has more messages than are known here: somebody said them while it moved from another node to this one.
   * Those are read, and sent to everybody in the visit. @throws TelevisitError as `Chats.messages`
   */
  async catchUp({ messages: count }: Session): Promise<void> {
    if (count <= this.#messages.length) return;
    await this.#queue.push(async () => {
      const { chats, sessionId, participants } = this.#options;
      if (count <= this.#messages.length) return;
      const known = new Set(this.#messages.map(({ seq }) => seq));
      const missed = (await chats.messages(sessionId)).filter(({ seq }) => !known.has(seq));
      this.#messages = [...this.#messages, ...missed].sort((a, b) => a.seq - b.seq);
      for (const message of missed) participants.tell('chat:message', message);
    });
  }

  /** What people said who have no seat any more is gone, whoever erased them. */
  follow(before: Session, { seats }: Session): void {
    const known = new Set(seats.map(({ userId }) => userId));
    const gone = this.#messages.map(({ userId }) => userId).filter((userId) => !known.has(userId));
    for (const userId of new Set(gone)) {
      this.forget(userId, seats[seatIndex(before, userId)]?.userId ?? ERASED);
    }
  }

  /** What somebody said who was erased is gone; a pseudonym takes their place. */
  forget(userId: string, pseudonym: string): void {
    this.#messages = this.#messages.map((message) =>
      message.userId === userId
        ? { ...message, userId: pseudonym, displayName: null, text: null, file: null }
        : message,
    );
  }
}

import type { chat, ChatMessage } from '@televisit/shared/features/chat';
import { AwaitQueue } from 'awaitqueue';
import { seatIndex, type Session } from '../../domain/session.ts';
import type { HandlersOf, PartOf, RoomContext } from '../../room/room-part.ts';
import type { Chats, NewChatMessage } from './chats.ts';

/** Stands for a person whose pseudonym is not known here. */
const ERASED = 'erased';

/** The chat of a room: the same messages in the same order for everyone. */
export class RoomChat implements PartOf<typeof chat> {
  readonly #room: RoomContext;
  readonly #chats: Chats;
  /** One message after another, so that they go out in the order in which they are stored. */
  readonly #queue = new AwaitQueue();
  /** `Chats` limits their number. */
  #messages: readonly ChatMessage[];

  /** @param history all messages so far */
  constructor(room: RoomContext, chats: Chats, history: readonly ChatMessage[]) {
    this.#room = room;
    this.#chats = chats;
    this.#messages = history;
  }

  readonly handlers: HandlersOf<typeof chat> = {
    'chat:send': ({ member }, message) => this.#send(member.userId, message),
  };

  snapshot() {
    return { chat: this.#room.session.options.chat ? this.#messages : [] };
  }

  onSession(before: Session, after: Session): void {
    this.#forgetErased(before, after);
    this.#catchUp(after).catch((error: unknown) =>
      this.#room.logger.warn({ err: error }, 'failed to read chat messages'),
    );
  }

  /** Stores a message, then sends it to all participants, once. @throws {TelevisitError} as `Chats.send` */
  #send(userId: string, given: NewChatMessage): Promise<ChatMessage> {
    return this.#queue.push(async () => {
      const message = await this.#chats.send(this.#room.sessionId, userId, given);
      if (this.#messages.some(({ seq }) => seq === message.seq)) return message;
      // A message whose sending was cut short is sent when it is repeated, after later ones.
      this.#add([message]);
      return message;
    });
  }

  /** Reads the messages that were sent elsewhere while the session migrated here, and sends them to all participants. */
  async #catchUp({ messages: count }: Session): Promise<void> {
    if (count <= this.#messages.length) return;
    await this.#queue.push(async () => {
      if (count <= this.#messages.length) return;
      const known = new Set(this.#messages.map(({ seq }) => seq));
      const messages = await this.#chats.messages(this.#room.sessionId);
      this.#add(messages.filter(({ seq }) => !known.has(seq)));
    });
  }

  #add(messages: readonly ChatMessage[]): void {
    this.#messages = [...this.#messages, ...messages].sort((a, b) => a.seq - b.seq);
    for (const message of messages) this.#room.broadcast('chat:message', message);
  }

  /** Empties the messages of people who have no seat any longer, because they were erased. */
  #forgetErased(before: Session, { seats }: Session): void {
    const known = new Set(seats.map(({ userId }) => userId));
    this.#messages = this.#messages.map((message) => {
      if (known.has(message.userId)) return message;
      const userId = seats[seatIndex(before, message.userId)]?.userId ?? ERASED;
      return { ...message, userId, displayName: null, text: null, file: null };
    });
  }
}

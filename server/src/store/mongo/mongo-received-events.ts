import { Schema, type Connection } from 'mongoose';
import type { ReceivedEvents } from '../../domain/received-events.ts';
import { reachable } from './availability.ts';

interface ReceivedEventDocument {
  readonly _id: string;
  readonly at: number;
}

/** The collection of the events of other providers that were taken. */
export function receivedEventModel(connection: Connection) {
  const event = new Schema<ReceivedEventDocument>(
    { _id: String, at: Number },
    { collection: 'received_events', versionKey: false },
  );
  event.index({ at: 1 });
  return connection.model('ReceivedEvent', event);
}

/** Which events of other providers were taken, in a collection of their own. */
export class MongoReceivedEvents implements ReceivedEvents {
  readonly #events: ReturnType<typeof receivedEventModel>;

  constructor({ receivedEvents }: { readonly receivedEvents: ReturnType<typeof receivedEventModel> }) {
    this.#events = receivedEvents;
  }

  async has(eventId: string): Promise<boolean> {
    return (await reachable(() => this.#events.findById(eventId).lean())) !== null;
  }

  async add(eventId: string, at: number, forgetBefore: number): Promise<void> {
    await reachable(async () => {
      await this.#events.updateOne({ _id: eventId }, { $set: { at } }, { upsert: true });
      await this.#events.deleteMany({ at: { $lt: forgetBefore } });
    });
  }
}

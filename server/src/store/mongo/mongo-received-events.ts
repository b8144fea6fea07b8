import { Schema, type Connection } from 'mongoose';
import type { ReceivedEvents } from '../../domain/session-store.ts';
import { withStoreErrors } from './store-errors.ts';

interface ReceivedEventDocument {
  readonly _id: string;
  readonly at: number;
}

/** Returns the model of accepted events of other meeting providers. */
export function receivedEventModel(connection: Connection) {
  const event = new Schema<ReceivedEventDocument>(
    { _id: String, at: Number },
    { collection: 'received_events', versionKey: false },
  );
  event.index({ at: 1 });
  return connection.model('ReceivedEvent', event);
}

/** Stores accepted events of other meeting providers in MongoDB. */
export class MongoReceivedEvents implements ReceivedEvents {
  readonly #events: ReturnType<typeof receivedEventModel>;

  constructor({ receivedEvents }: { readonly receivedEvents: ReturnType<typeof receivedEventModel> }) {
    this.#events = receivedEvents;
  }

  async has(eventId: string): Promise<boolean> {
    return (await withStoreErrors(() => this.#events.findById(eventId).lean())) !== null;
  }

  async add(eventId: string, at: number, forgetBefore: number): Promise<void> {
    await withStoreErrors(async () => {
      await this.#events.updateOne({ _id: eventId }, { $set: { at } }, { upsert: true });
      await this.#events.deleteMany({ at: { $lt: forgetBefore } });
    });
  }
}

import type { Mail, MailOutcome, MailStore } from '../../domain/mail-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';
import type { Models } from './models.ts';

/** Stores mails in MongoDB. */
export class MongoMail implements MailStore {
  readonly #mails: Models['mails'];

  constructor({ mails }: Models) {
    this.#mails = mails;
  }

  async add(mails: readonly Mail[]): Promise<void> {
    for (const { mailId, ...mail } of mails) {
      await withStoreErrors(async () => {
        try {
          await this.#mails.create({ _id: mailId, ...mail });
        } catch (error) {
          if (!isDuplicate(error)) throw error;
        }
      });
    }
  }

  claim(now: number, leaseMs: number, limit: number): Promise<readonly Mail[]> {
    return withStoreErrors(async () => {
      const found = await this.#mails
        .find({ dueAt: { $lte: now } })
        .sort({ dueAt: 1, _id: 1 })
        .limit(limit)
        .lean();
      const claimed: Mail[] = [];
      for (const { _id, attempts, dueAt, address = null, ...mail } of found) {
        const next = { dueAt: now + leaseMs, attempts: attempts + 1 };
        // A concurrent claim changes the attempts, so that only one matches.
        const { matchedCount } = await this.#mails.updateOne({ _id, attempts, dueAt }, { $set: next });
        if (matchedCount === 1) claimed.push({ ...mail, ...next, address, mailId: _id });
      }
      return claimed;
    });
  }

  settle({ mailId, attempts }: Mail, outcome: MailOutcome): Promise<boolean> {
    const pending = outcome.state === 'pending';
    return withStoreErrors(async () => {
      const { matchedCount } = await this.#mails.updateOne(
        { _id: mailId, attempts, state: 'pending' },
        {
          $set: {
            state: outcome.state,
            dueAt: pending ? outcome.dueAt : null,
            settledAt: pending ? null : outcome.at,
            error: outcome.state === 'sent' ? null : outcome.error,
            ...(pending ? {} : { address: null }),
          },
        },
      );
      return matchedCount === 1;
    });
  }

  async ofSession(sessionId: string): Promise<readonly Mail[]> {
    const found = await withStoreErrors(() => this.#mails.find({ sessionId }).sort({ _id: 1 }).lean());
    // Earlier releases stored no address.
    return found.map(({ _id, address, ...mail }) => ({ ...mail, address: address ?? null, mailId: _id }));
  }

  async deleteSeat(sessionId: string, seat: number): Promise<void> {
    await withStoreErrors(() => this.#mails.deleteMany({ sessionId, seat }));
  }

  /** Deletes the mails of sessions. */
  async deleteAll(sessionIds: readonly string[]): Promise<void> {
    await withStoreErrors(() => this.#mails.deleteMany({ sessionId: { $in: [...sessionIds] } }));
  }
}

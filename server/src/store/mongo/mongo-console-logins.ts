import { Schema, type Connection } from 'mongoose';
import type { ConsoleLogin, ConsoleLoginStore } from '../../domain/console-login-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';

/** A login, with its `loginId` as the document id. */
interface ConsoleLoginDocument extends Omit<ConsoleLogin, 'loginId'> {
  readonly _id: string;
}

/** A one-time link that was used. */
interface ConsoleLinkDocument {
  readonly _id: string;
  readonly expiresAt: number;
}

/** Returns the models of the logins of operators. */
export function consoleLoginModels(connection: Connection) {
  const login = new Schema<ConsoleLoginDocument>(
    {
      _id: String,
      subject: String,
      label: String,
      role: String,
      method: String,
      loggedInAt: Number,
      expiresAt: Number,
      seenAt: Number,
    },
    { collection: 'console_logins', versionKey: false },
  );
  login.index({ expiresAt: 1 });
  const link = new Schema<ConsoleLinkDocument>(
    { _id: String, expiresAt: Number },
    { collection: 'console_links', versionKey: false },
  );
  link.index({ expiresAt: 1 });
  return {
    consoleLogins: connection.model('ConsoleLogin', login),
    consoleLinks: connection.model('ConsoleLink', link),
  };
}

/** Stores the logins of operators in MongoDB. */
export class MongoConsoleLogins implements ConsoleLoginStore {
  readonly #models: ReturnType<typeof consoleLoginModels>;

  constructor(models: ReturnType<typeof consoleLoginModels>) {
    this.#models = models;
  }

  async add({ loginId, ...login }: ConsoleLogin, now: number): Promise<void> {
    await withStoreErrors(async () => {
      await this.#models.consoleLogins.deleteMany({ expiresAt: { $lte: now } });
      await this.#models.consoleLogins.create({ _id: loginId, ...login });
    });
  }

  async find(loginId: string): Promise<ConsoleLogin | undefined> {
    const found = await withStoreErrors(() =>
      this.#models.consoleLogins.findById(loginId).lean<ConsoleLoginDocument>(),
    );
    if (!found) return undefined;
    const { _id, ...login } = found;
    return { loginId: _id, ...login };
  }

  async seen(loginId: string, at: number): Promise<void> {
    await withStoreErrors(() =>
      this.#models.consoleLogins.updateOne({ _id: loginId, seenAt: { $lt: at } }, { $set: { seenAt: at } }),
    );
  }

  async delete(loginId: string): Promise<void> {
    await withStoreErrors(() => this.#models.consoleLogins.deleteOne({ _id: loginId }));
  }

  useLink(linkId: string, expiresAt: number, now: number): Promise<boolean> {
    return withStoreErrors(async () => {
      await this.#models.consoleLinks.deleteMany({ expiresAt: { $lte: now } });
      try {
        await this.#models.consoleLinks.create({ _id: linkId, expiresAt });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    });
  }
}

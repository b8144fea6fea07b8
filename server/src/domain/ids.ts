import { randomUUID } from 'node:crypto';

/** Generates identifiers. Injected, so that tests can predict them. */
export interface Ids {
  /** Returns a `sess_` id with 122 random bits. It appears in links and must not be guessable. */
  session(): string;
  /** Returns a unique id, for example for a `jti` or a request. */
  unique(): string;
}

export const randomIds: Ids = {
  session: () => `sess_${randomUUID().replaceAll('-', '')}`,
  unique: () => randomUUID(),
};

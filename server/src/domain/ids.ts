import { randomUUID } from 'node:crypto';

/** Fresh identifiers, handed in so that a test never guesses. */
export interface Ids {
  /** A `sess_` id with 122 random bits: it stands in links, so it must not be guessable. */
  session(): string;
  /** A `jti` or request id. */
  unique(): string;
}

export const randomIds: Ids = {
  session: () => `sess_${randomUUID().replaceAll('-', '')}`,
  unique: () => randomUUID(),
};

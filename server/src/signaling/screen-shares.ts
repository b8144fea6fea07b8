import type { Logger } from 'pino';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { Participant } from './participant.ts';

export interface ScreenSharesOptions {
  readonly sessionId: string;
  /** The visit as it was last stored: who shared at another node does so still, until they come. */
  readonly session: Session;
  readonly sessions: Sessions;
  readonly logger: Logger;
}

/** Writes down who shares a screen, and for how long. Nobody waits for it. */
export class ScreenShares {
  readonly #options: ScreenSharesOptions;
  readonly #sharing: Set<string>;

  constructor(options: ScreenSharesOptions) {
    this.#options = options;
    const { shares, seats } = options.session;
    const open = shares.filter(({ endedAt }) => endedAt === null);
    this.#sharing = new Set(open.flatMap(({ seat }) => seats[seat]?.userId ?? []));
  }

  /** What somebody sends has changed. */
  follow({ userId, isSharing }: Participant): void {
    const { sessions, sessionId } = this.#options;
    if (isSharing === this.#sharing.has(userId)) return;
    if (isSharing) {
      this.#sharing.add(userId);
      this.#write(sessions.startShare(sessionId, userId));
    } else {
      this.#sharing.delete(userId);
      this.#write(sessions.stopShare(sessionId, userId));
    }
  }

  /** Somebody has left, and with that their share has ended. */
  forget(userId: string): void {
    this.#sharing.delete(userId);
  }

  #write(writing: Promise<Session>): void {
    writing.catch((error: unknown) =>
      this.#options.logger.warn({ err: error }, 'a screen share could not be stored'),
    );
  }
}

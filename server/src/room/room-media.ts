import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import { Backoff, retry } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { NewPeer, SessionRouter } from '../media/session-router.ts';

export interface RoomMediaOptions {
  /** The router that the room begins with. */
  readonly router: SessionRouter;
  /** Creates another one, on a worker that lives. */
  readonly createRouter: () => Promise<SessionRouter>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the member who speaks now; null once the last speaker is gone. */
  readonly onActiveSpeaker: (userId: string | null) => void;
  /** Called when the router has died with its worker, and with it everyone's media; the next one is being created. */
  readonly onLost: () => void;
  /** Called when the next router has been created. */
  readonly onRenewed: () => void;
  /** Called when no worker has come back in time. */
  readonly onFailed: () => void;
}

/** The pause before a router that could not be created is tried again. */
const RETRY = new Backoff({ firstMs: 100 });
/** How long creating a router is tried, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** The router of one room. If its worker dies, another router replaces it. */
export class RoomMedia {
  readonly #options: RoomMediaOptions;
  #router: SessionRouter;
  #opening: Promise<SessionRouter>;
  #closed = false;

  constructor(options: RoomMediaOptions) {
    this.#options = options;
    this.#router = options.router;
    this.#opening = Promise.resolve(options.router);
    this.#use(options.router);
  }

  /** The router as it is now; it may have closed. */
  get router(): SessionRouter {
    return this.#router;
  }

  /** Returns the router, waiting for the next one if it died. @throws {TelevisitError} `media_unavailable` */
  open(): Promise<SessionRouter> {
    return this.#opening;
  }

  /**
   * Creates transports on the router, or on the next one if it dies in the process.
   * @throws {TelevisitError} `bad_media`, `media_unavailable`
   */
  async createPeer(peer: NewPeer): Promise<PeerMedia> {
    for (;;) {
      const router = await this.#opening;
      try {
        const media = await router.createPeer(peer);
        if (!media.closed) return media;
      } catch (error) {
        if (!router.closed || this.#closed) throw error;
      }
    }
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#router.close();
  }

  #use(router: SessionRouter): void {
    this.#router = router;
    router.onActiveSpeaker(this.#options.onActiveSpeaker);
    router.onClose(() => this.#lost());
  }

  #lost(): void {
    if (this.#closed) return;
    const { clock, logger, onLost, onFailed } = this.#options;
    logger.warn('room lost its media worker');
    this.#opening = this.#renew(clock.now() + TIMEOUT_MS);
    this.#opening.catch((error: unknown) => {
      if (this.#closed) return;
      logger.error({ err: error }, 'failed to replace the router of the room');
      onFailed();
    });
    onLost();
  }

  #renew(until: number): Promise<SessionRouter> {
    const { createRouter, clock, logger, onRenewed } = this.#options;
    const attempt = async () => {
      const router = await createRouter();
      if (this.#closed) router.close();
      if (router.closed) throw new TelevisitError('media_unavailable');
      this.#use(router);
      logger.info('room has a new router');
      onRenewed();
      return router;
    };
    return retry(clock, RETRY, attempt, () => this.#closed || clock.now() >= until);
  }
}

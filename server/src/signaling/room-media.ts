import type { Logger } from 'pino';
import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../domain/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { NewPeer, SessionRouter } from '../media/session-router.ts';

export interface RoomMediaOptions {
  /** The router that the room begins with. */
  readonly router: SessionRouter;
  /** Another one, on a worker that lives. */
  readonly createRouter: () => Promise<SessionRouter>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Somebody else speaks; null where the one who spoke last is gone. */
  readonly onActiveSpeaker: (userId: string | null) => void;
  /** The router has died with its worker, and everybody's media with it; the next one is being made. */
  readonly onLost: () => void;
  /** No worker has come back for too long. */
  readonly onGivenUp: () => void;
}

/** How soon a router that could not be made is tried again, and for how long, in milliseconds. */
const RETRY_MS = 100;
const PATIENCE_MS = 10_000;

/** The router of one room. One whose worker dies is replaced by another. */
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

  /** The router, once there is one that lives. @throws TelevisitError `media_unavailable` */
  open(): Promise<SessionRouter> {
    return this.#opening;
  }

  /** Transports on the router; where that dies meanwhile, on the next. @throws TelevisitError `bad_media`, `media_unavailable` */
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
    const { clock, logger, onLost, onGivenUp } = this.#options;
    logger.warn('room lost its worker');
    this.#opening = this.#renew(clock.now() + PATIENCE_MS);
    this.#opening.catch((error: unknown) => {
      if (this.#closed) return;
      logger.error({ err: error }, 'no router for the room');
      onGivenUp();
    });
    onLost();
  }

  async #renew(until: number): Promise<SessionRouter> {
    const { createRouter, clock, logger } = this.#options;
    for (;;) {
      try {
        const router = await createRouter();
        if (this.#closed) router.close();
        if (router.closed) throw new TelevisitError('media_unavailable');
        this.#use(router);
        logger.info('room has a router again');
        return router;
      } catch (error) {
        if (this.#closed || clock.now() >= until) throw error;
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      }
    }
  }
}

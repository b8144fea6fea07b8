import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { NewPeer, VisitRouter } from '../media/visit-router.ts';

export interface RoomMediaOptions {
  /** The router that the room begins with. */
  readonly router: VisitRouter;
  /** Creates another one, on a worker that lives. */
  readonly createRouter: () => Promise<VisitRouter>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the member who speaks now; null once the last speaker is gone. */
  readonly onActiveSpeaker: (userId: string | null) => void;
  /** Called when the router has died with its worker, and with it everyone's media; the next one is being created. */
  readonly onLost: () => void;
  /** Called when no worker has come back in time. */
  readonly onFailed: () => void;
}

/** The pause before a router is tried again that could not be created, and for how long that goes on, in milliseconds. */
const RETRY_MS = 100;
const PATIENCE_MS = 10_000;

/** The router of one room. If its worker dies, another router replaces it. */
export class RoomMedia {
  readonly #options: RoomMediaOptions;
  #router: VisitRouter;
  #opening: Promise<VisitRouter>;
  #closed = false;

  constructor(options: RoomMediaOptions) {
    this.#options = options;
    this.#router = options.router;
    this.#opening = Promise.resolve(options.router);
    this.#use(options.router);
  }

  /** The router as it is now; it may have closed. */
  get router(): VisitRouter {
    return this.#router;
  }

  /** Returns the router, waiting for the next one if it died. @throws {TelevisitError} `media_unavailable` */
  open(): Promise<VisitRouter> {
    return this.#opening;
  }

  /**
   * Creates transports on the router; if that dies meanwhile, on the next one.
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

  #use(router: VisitRouter): void {
    this.#router = router;
    router.onActiveSpeaker(this.#options.onActiveSpeaker);
    router.onClose(() => this.#lost());
  }

  #lost(): void {
    if (this.#closed) return;
    const { clock, logger, onLost, onFailed } = this.#options;
    logger.warn('room lost its media worker');
    this.#opening = this.#renew(clock.now() + PATIENCE_MS);
    this.#opening.catch((error: unknown) => {
      if (this.#closed) return;
      logger.error({ err: error }, 'failed to replace the router of the room');
      onFailed();
    });
    onLost();
  }

  async #renew(until: number): Promise<VisitRouter> {
    const { createRouter, clock, logger } = this.#options;
    for (;;) {
      try {
        const router = await createRouter();
        if (this.#closed) router.close();
        if (router.closed) throw new TelevisitError('media_unavailable');
        this.#use(router);
        logger.info('room has a new router');
        return router;
      } catch (error) {
        if (this.#closed || clock.now() >= until) throw error;
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      }
    }
  }
}

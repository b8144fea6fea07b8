import { isAnswer } from '../core/errors.ts';
import { PathMonitor, type Loss, type MonitoredPath } from './path-monitor.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';

/**
 * How long a signaling connection may take to answer before it is made anew, in milliseconds: after a mere change of the
 * network, and where the media has certainly lost its way.
 */
export const CHANGE_PATIENCE_MS = 1_000;
const LOST_PATIENCE_MS = 200;

/** The media session whose path is watched. */
export interface PathSession extends Omit<MonitoredPath, 'sends'> {
  readonly sends: ReturnType<MonitoredPath['sends']>;
  /** Restarts ICE. @returns whether the server has answered */
  restartIce(): Promise<boolean>;
}

export interface IceRecoveryOptions {
  readonly signaling: SignalingClient;
  readonly media: { readonly current: PathSession | null; readonly shown: PathSession | null };
  /** Whether everything stands: before that, and while it is built anew, there is no way to lose. */
  readonly isConnected: () => boolean;
  /** The server is there and knows of the search, and still the browser holds on to the way that is lost. */
  readonly onStuck: () => void;
}

/** Keeps a way to the server: looks for another one when the network changes, or when media stops to come. */
export class IceRecovery {
  readonly #options: IceRecoveryOptions;
  readonly #watch: PathMonitor;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  /** Whose search the server has answered, the last time. */
  #searched: PathSession | null = null;
  #closed = false;

  constructor(options: IceRecoveryOptions) {
    this.#options = options;
    const { media } = options;
    this.#watch = new PathMonitor(
      {
        newestPacket: () => media.shown?.newestPacket() ?? null,
        sends: () => media.shown?.sends ?? 'nothing',
        answeredBytes: async () => (await media.shown?.answeredBytes()) ?? null,
      },
      (loss) => void this.#lost(loss),
    );
  }

  /**
   * The network has changed: the media looks for new ways, and a connection that gives no answer is made anew.
   * @param patience how long to wait for that answer, in milliseconds
   */
  async networkChanged(patience: number): Promise<void> {
    const { signaling, media } = this.#options;
    signaling.retryNow();
    const session = media.current;
    this.#searched = null;
    if (!session || this.#closed) return;
    if (await this.#dropUnless(session.restartIce(), patience)) this.#searched = session;
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Media has stopped to come, while the browser believes that all is well. */
  async #lost(loss: Loss): Promise<void> {
    const { media, isConnected, onStuck } = this.#options;
    if (!isConnected() || media.shown !== media.current) return;
    if (loss === 'still') {
      if (this.#searched === media.current) onStuck();
    } else if (loss === 'certainly') await this.networkChanged(LOST_PATIENCE_MS);
    else await this.#dropUnless(this.#answers(), CHANGE_PATIENCE_MS);
  }

  /** Whether the server answers to anything. Never throws. */
  #answers(): Promise<boolean> {
    return this.#options.signaling.request('consumer:ready', { consumerIds: [] }).then(() => true, isAnswer);
  }

  /**
   * Makes the connection anew unless the server answers in time; what was not answered is asked again then.
   * @returns whether it has answered
   */
  async #dropUnless(answering: Promise<boolean>, patience: number): Promise<boolean> {
    const { signaling, media } = this.#options;
    const session = media.current;
    const tooLate = new Promise<false>((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve(false);
      }, patience);
      this.#timers.add(timer);
    });
    const answered = await Promise.race([answering, tooLate]);
    if (!answered && session === media.current && signaling.connected) signaling.drop();
    return answered;
  }
}

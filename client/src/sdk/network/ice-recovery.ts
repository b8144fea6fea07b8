import { isAnswer } from '../core/errors.ts';
import { Timers } from '../core/timers.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { PathMonitor, type Loss, type MonitoredPath } from './path-monitor.ts';

/**
 * How long the server may take to answer before the signaling connection is dropped, in milliseconds: after a mere change
 * of the network, and after media has certainly lost its path.
 */
export const CHANGE_PATIENCE_MS = 1_000;
const LOST_PATIENCE_MS = 200;

/** The media session whose path is monitored. */
export interface PathSession extends Omit<MonitoredPath, 'sends'> {
  readonly sends: ReturnType<MonitoredPath['sends']>;
  /** Restarts ICE. @returns whether the server has answered */
  restartIce(): Promise<boolean>;
}

export interface IceRecoveryOptions {
  readonly signaling: SignalingClient;
  readonly media: { readonly current: PathSession | null; readonly shown: PathSession | null };
  /** Whether the connection is established: only then is there a path to lose. */
  readonly isConnected: () => boolean;
  /** Called if the server has answered an ICE restart and the browser still keeps the lost path. */
  readonly onStuck: () => void;
}

/** Keeps a path to the server: restarts ICE when the network changes or media stops arriving. */
export class IceRecovery {
  readonly #options: IceRecoveryOptions;
  readonly #monitor: PathMonitor;
  readonly #timers = new Timers();
  /** The session whose last ICE restart the server has answered. */
  #restarted: PathSession | null = null;
  #closed = false;

  constructor(options: IceRecoveryOptions) {
    this.#options = options;
    const { media } = options;
    this.#monitor = new PathMonitor(
      {
        newestPacket: () => media.shown?.newestPacket() ?? null,
        sends: () => media.shown?.sends ?? 'nothing',
        answeredBytes: async () => (await media.shown?.answeredBytes()) ?? null,
      },
      (loss) => void this.#handleLoss(loss),
    );
  }

  /**
   * Handles a change of the network: restarts ICE, and drops a signaling connection that does not answer.
   * @param patience how long to wait for that answer, in milliseconds
   */
  async networkChanged(patience: number): Promise<void> {
    const { signaling, media } = this.#options;
    signaling.retryNow();
    const session = media.current;
    this.#restarted = null;
    if (!session || this.#closed) return;
    if (await this.#dropUnless(session.restartIce(), patience)) this.#restarted = session;
  }

  close(): void {
    this.#closed = true;
    this.#monitor.close();
    this.#timers.clear();
  }

  /** Media has stopped arriving while the browser believes that the path works. */
  async #handleLoss(loss: Loss): Promise<void> {
    const { media, isConnected, onStuck } = this.#options;
    if (!isConnected() || media.shown !== media.current) return;
    if (loss === 'still') {
      if (this.#restarted === media.current) onStuck();
    } else if (loss === 'certainly') await this.networkChanged(LOST_PATIENCE_MS);
    else await this.#dropUnless(this.#answers(), CHANGE_PATIENCE_MS);
  }

  /** Returns whether the server answers a message without effect. Never throws. */
  #answers(): Promise<boolean> {
    return this.#options.signaling.request('consumer:ready', { consumerIds: [] }).then(() => true, isAnswer);
  }

  /**
   * Drops the signaling connection unless the server answers in time; the next connection repeats the question.
   * @returns whether the server has answered
   */
  async #dropUnless(answering: Promise<boolean>, patience: number): Promise<boolean> {
    const { signaling, media } = this.#options;
    const session = media.current;
    const answered = await this.#timers.withTimeout(answering, patience, false);
    if (!answered && session === media.current && signaling.connected) signaling.drop();
    return answered;
  }
}

/** What a watch looks at; all of it is cheap to ask. */
export interface WatchedPath {
  /** When the newest packet of anybody's media came, by any clock that only grows; null where nothing is received. */
  readonly newestPacket: () => number | null;
  /** How much the server has answered to what is sent, in bytes so far; null where nothing is sent. */
  readonly answeredBytes: () => Promise<number | null>;
}

/** How often it looks, in milliseconds. */
const LOOK_MS = 200;
/** Media that came all the time and does not for this long may have lost its way, in milliseconds. */
const SILENT_MS = 500;
/** The server answers what is sent about ten times a second (RTCP feedback): this long without an answer is too long. */
const UNANSWERED_MS = 300;
/** After an alarm nothing is said for this long, unless media came again, in milliseconds. */
const PAUSE_MS = 5_000;

/**
 * Notices within a second that media has lost its way, where the browser takes five and more: nothing comes any more
 * from anybody, and the server has stopped to answer what is sent.
 */
export class PathWatch {
  readonly #path: WatchedPath;
  readonly #onLost: (certainly: boolean) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #newest: number | null = null;
  #newestSeenAt = 0;
  #pausedUntil = 0;
  #asking = false;
  #closed = false;

  /**
   * @param onLost `certainly`: the server answers nothing; else nothing is sent that it could answer, and the others may
   * simply be silent
   */
  constructor(path: WatchedPath, onLost: (certainly: boolean) => void) {
    this.#path = path;
    this.#onLost = onLost;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const newest = this.#path.newestPacket();
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#newestSeenAt = now;
      this.#pausedUntil = 0;
      return;
    }
    const silentMs = now - this.#newestSeenAt;
    if (newest === null || silentMs < SILENT_MS || silentMs > PAUSE_MS) return;
    if (now >= this.#pausedUntil && !this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const { newestPacket, answeredBytes } = this.#path;
    const before = await answeredBytes();
    await new Promise((resolve) => setTimeout(resolve, UNANSWERED_MS));
    const after = await answeredBytes();
    this.#asking = false;
    if (this.#closed || newestPacket() !== this.#newest) return;
    this.#pausedUntil = performance.now() + PAUSE_MS;
    if (before === null || after === null) this.#onLost(false);
    else if (after === before) this.#onLost(true);
  }
}

/** What a watch looks at; all of it is cheap to ask. */
export interface MonitoredPath {
  /** When the newest packet of anybody's media came, by any clock that only grows; null where nothing is received. */
  readonly newestPacket: () => number | null;
  /** What is sent that the server answers: pictures about ten times a second, sound at least once. */
  readonly sends: () => 'picture' | 'sound' | 'nothing';
  /** How much the server has answered to what is sent, in bytes so far; null where that can't be told. */
  readonly answeredBytes: () => Promise<number | null>;
}

/** How often it looks, in milliseconds. */
const LOOK_MS = 100;
/**
 * Media that came all the time and does not for this long may have lost its way, in milliseconds. Silence comes as a packet
 * every 400 ms (Opus DTX): who sends a picture, and is answered often, can be asked before that.
 */
const SILENT_MS = { picture: 350, sound: 500, nothing: 500 } as const;
/** Who was silent for longer than this has been asked about, in milliseconds. */
const OLD_NEWS_MS = 5_000;
/** So long without an answer (RTCP feedback) is too long, in milliseconds. */
const UNANSWERED_MS = { picture: 250, sound: 1_500, nothing: 0 } as const;
/** So long after an alarm a way has been found, or the browser holds on to the one that is lost, in milliseconds. */
const STILL_MS = 1_500;
/** After an alarm nothing is said for this long, whatever comes, in milliseconds. */
const REST_MS = 5_000;

/**
 * `certainly`: the server answers nothing; `perhaps`: nothing is sent that it could answer, and the others may simply be
 * silent; `still`: a while after it was certain.
 */
export type Loss = 'certainly' | 'perhaps' | 'still';

/**
 * Notices within a second that media has lost its way, where the browser takes five and more: nothing comes any more
 * from anybody, and the server has stopped to answer what is sent.
 */
export class PathMonitor {
  readonly #path: MonitoredPath;
  readonly #onLost: (loss: Loss) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #newest: number | null = null;
  #newestSeenAt = 0;
  #restsUntil = 0;
  #stillTimer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #closed = false;

  constructor(path: MonitoredPath, onLost: (loss: Loss) => void) {
    this.#path = path;
    this.#onLost = onLost;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#stillTimer);
  }

  #look(): void {
    const now = performance.now();
    const newest = this.#path.newestPacket();
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#newestSeenAt = now;
      return;
    }
    const silentMs = now - this.#newestSeenAt;
    if (newest === null || silentMs < SILENT_MS[this.#path.sends()] || silentMs > OLD_NEWS_MS) return;
    if (now >= this.#restsUntil && !this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    const loss = await this.#loss();
    if (loss === null) return;
    this.#restsUntil = performance.now() + REST_MS;
    const newest = this.#newest;
    if (loss === 'certainly') this.#stillTimer = setTimeout(() => void this.#askStill(newest), STILL_MS);
    this.#onLost(loss);
  }

  /** @param newest the newest packet when the way was lost: where another one came, this loss is over */
  async #askStill(newest: number | null): Promise<void> {
    if (this.#path.newestPacket() === newest && (await this.#loss()) === 'certainly') this.#onLost('still');
  }

  async #loss(): Promise<Loss | null> {
    this.#asking = true;
    const newest = this.#path.newestPacket();
    const sends = this.#path.sends();
    const answered = sends !== 'nothing' && (await this.#isAnswered(UNANSWERED_MS[sends]));
    this.#asking = false;
    if (this.#closed || answered || this.#path.newestPacket() !== newest) return null;
    return sends === 'nothing' ? 'perhaps' : 'certainly';
  }

  async #isAnswered(within: number): Promise<boolean> {
    const before = await this.#path.answeredBytes();
    await new Promise((resolve) => setTimeout(resolve, within));
    const after = await this.#path.answeredBytes();
    return before === null || after === null || after !== before;
  }
}

/** The observations of the monitor; every call is cheap. */
export interface MonitoredPath {
  /** Returns when the newest packet of any stream arrived, by a monotonic clock; null if nothing is received. */
  readonly newestPacket: () => number | null;
  /** Returns the sent streams that the server acknowledges: video about ten times a second, audio at least once. */
  readonly sends: () => 'picture' | 'sound' | 'nothing';
  /** Returns how many bytes the server has sent in answer so far; null if unknown. */
  readonly answeredBytes: () => Promise<number | null>;
}

/** Interval of the checks, in milliseconds. */
const CHECK_MS = 100;
/**
 * Silence after which media may have lost its path, in milliseconds. A silent microphone sends a packet every 400 ms (Opus
 * DTX); while a picture is sent, frequent answers allow an earlier check.
 */
const SILENT_MS = { picture: 350, sound: 500, nothing: 500 } as const;
/** Silence after which no further check is due, in milliseconds. */
const MAX_SILENCE_MS = 5_000;
/** Time within which the server must answer (RTCP feedback), in milliseconds. */
const UNANSWERED_MS = { picture: 250, sound: 1_500, nothing: 0 } as const;
/** Time after an alarm at which the browser has found a path, or is stuck with the lost one, in milliseconds. */
const STILL_MS = 1_500;
/** Time after an alarm without another one, in milliseconds. */
const REST_MS = 5_000;

/**
 * `certainly`: the server does not answer; `perhaps`: nothing is sent that it could answer, and the other participants may
 * just be silent; `still`: the path is lost a while after it was certain.
 */
export type Loss = 'certainly' | 'perhaps' | 'still';

/**
 * Detects within a second that media has lost its path, where a browser takes five seconds or more: no packets arrive, and
 * the server no longer acknowledges sent packets.
 */
export class PathMonitor {
  readonly #path: MonitoredPath;
  readonly #onLost: (loss: Loss) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #newest: number | null = null;
  #newestSeenAt = 0;
  #restsUntil = 0;
  #stillTimer: ReturnType<typeof setTimeout> | undefined;
  #probing = false;
  #closed = false;

  constructor(path: MonitoredPath, onLost: (loss: Loss) => void) {
    this.#path = path;
    this.#onLost = onLost;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#stillTimer);
  }

  #check(): void {
    const now = performance.now();
    const newest = this.#path.newestPacket();
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#newestSeenAt = now;
      return;
    }
    const silentMs = now - this.#newestSeenAt;
    if (newest === null || silentMs < SILENT_MS[this.#path.sends()] || silentMs > MAX_SILENCE_MS) return;
    if (now >= this.#restsUntil && !this.#probing) void this.#probe();
  }

  async #probe(): Promise<void> {
    const loss = await this.#loss();
    if (loss === null) return;
    this.#restsUntil = performance.now() + REST_MS;
    const newest = this.#newest;
    if (loss === 'certainly') this.#stillTimer = setTimeout(() => void this.#checkStill(newest), STILL_MS);
    this.#onLost(loss);
  }

  /** @param newest the newest packet when the path was lost; the loss is over if another one has arrived */
  async #checkStill(newest: number | null): Promise<void> {
    if (this.#path.newestPacket() === newest && (await this.#loss()) === 'certainly') this.#onLost('still');
  }

  async #loss(): Promise<Loss | null> {
    this.#probing = true;
    const newest = this.#path.newestPacket();
    const sends = this.#path.sends();
    const answered = sends !== 'nothing' && (await this.#isAnswered(UNANSWERED_MS[sends]));
    this.#probing = false;
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

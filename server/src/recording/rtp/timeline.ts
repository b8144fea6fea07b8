/** A frame as far as its time matters. */
export interface Timestamped {
  /** In ticks of the codec's clock, unwrapped. */
  readonly rtpTime: number;
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
  readonly durationMs: number;
  /** Whether frames are missing before it. */
  readonly afterGap: boolean;
}

export interface Placed<F> {
  readonly frame: F;
  /** Its time in the file, in milliseconds; that of the first frame is 0. */
  readonly time: number;
}

export interface TimelineOptions {
  /** Ticks per second of the codec's clock. */
  readonly clockRate: number;
  /** Is called when frames from here on are moved against those before, in milliseconds. */
  readonly onMove?: (byMs: number) => void;
}

/** A pause in the stream at which its times may be corrected: shorter than a packet of discontinuous transmission. */
const PAUSE_MS = 200;
/** A pause in the arrivals: longer than jitter. */
const ARRIVAL_PAUSE_MS = 500;
/** A delay against the frames before that is no jitter. */
const JUMP_MS = 300;
/** How long frames after a possible jump are held, until late ones have caught up. */
const HOLD_MS = 1000;
/** A drift of the sender's clock that a viewer notices (ITU-R BT.1359 has 45 ms). */
const MAX_DRIFT_MS = 40;
/** A drift that is worse than a hole in continuous sound: ITU-R BT.1359 accepts sound that is late by 185 ms, or early by 90 ms. */
const MAX_DRIFT_IN_SOUND_MS = 120;
/**
 * How long the start of the file is refined: by arrivals from the first frame on, by reports from the first of those on. mediasoup
 * knows the sender's clock after three of its reports, which browsers send five seconds apart for sound.
 */
const SETTLE_MS = 30_000;
const REPORTS = 5;
/** How much later than the earliest the others are that tell the same start. */
const REPORT_JITTER_MS = 15;
/** A report in which the medium took longer to arrive, or arrived before it was captured, is of another clock. */
const MAX_TRANSIT_MS = 5000;
const MIN_TRANSIT_MS = -250;
/** A report older than this says nothing about the next frame. */
const REPORT_AGE_MS = 10_000;
/** mediasoup continues the sender's clock from before a jump for this long: browsers report every five seconds, more or less. */
const STALE_MS = 10_000;
/** The share by which the transit time follows later arrivals; earlier ones count at once. */
const TRANSIT_LEAK = 0.001;

/**
 * Gives the frames of one stream their times in its file, which are those of the RTP timestamps. In pauses, frames move if the
 * sender's clock has drifted, or if its timestamps stood still while it was paused. A correction of continuous sound is heard, so
 * it waits until picture and sound differ too much, as after a device that lost samples.
 *
 * `startedAt` is the wall-clock time of the first frame: by its arrival until sender reports tell when it was captured. It
 * moves no frame, so it can be refined.
 */
export class Timeline<F extends Timestamped> {
  readonly #ticksPerMs: number;
  readonly #onMove: (byMs: number) => void;
  #origin: number | null = null;
  /** What is added to the timestamps in milliseconds to get the time in the file, beside the origin. */
  #shift = 0;
  /** Wall clock minus timestamp: by arrival, which includes the time of the transit, and by the reports. */
  #arrivalOffset = 0;
  #reports: { readonly offset: number; readonly at: number }[] = [];
  /** What the start is by: wall clock minus timestamp, had nothing been moved. */
  #startOffset: { readonly byArrival: number; readonly byReports: number | null } | null = null;
  #earliestStart = Infinity;
  #firstArrivalAt: number | null = null;
  #firstReportAt: number | null = null;
  #last: F | null = null;
  #end = 0;
  #held: F[] = [];
  #jumpedAt = -Infinity;

  constructor({ clockRate, onMove = () => undefined }: TimelineOptions) {
    this.#ticksPerMs = clockRate / 1000;
    this.#onMove = onMove;
  }

  /** The wall-clock time of the first frame, in milliseconds since the Unix epoch; null before it. */
  get startedAt(): number | null {
    if (this.#origin === null || !this.#startOffset) return null;
    const { byArrival, byReports } = this.#startOffset;
    return this.#origin / this.#ticksPerMs + (byReports ?? byArrival);
  }

  /** Whether sender reports say when the first frame was captured. */
  get isReported(): boolean {
    return this.#startOffset !== null && this.#startOffset.byReports !== null;
  }

  /** The end of the last frame in the file, in milliseconds. */
  get end(): number {
    return this.#end;
  }

  /** Takes the next frame. Returns the frames whose time is decided. */
  push(frame: F): Placed<F>[] {
    const newest = this.#held.at(-1);
    if (!newest) return this.#take(frame);
    if (this.#isAfterPause(frame, newest)) return [...this.#releaseByArrival(), ...this.#take(frame)];
    this.#held.push(frame);
    return [];
  }

  /** Takes the capture time (ms since the Unix epoch) of a timestamp, from a sender report that arrived now. */
  handleReport(report: { readonly rtpTime: number; readonly time: number }, now: number): Placed<F>[] {
    if (!this.#startOffset) return [];
    const offset = report.time - report.rtpTime / this.#ticksPerMs;
    if (!this.#isPlausible(offset, now)) return [];
    let released: Placed<F>[] = [];
    if (this.#held.length > 0) {
      const before = this.#reportedOffset();
      // One that has not changed may be from before the pause.
      if (before === null || Math.abs(offset - before) <= JUMP_MS) return [];
      released = this.#release(offset - before, now);
    }
    this.#reports = [...this.#reports, { offset, at: now }].slice(-REPORTS);
    this.#firstReportAt ??= now;
    if (now - this.#firstReportAt <= SETTLE_MS) {
      const byReports = (this.#reportedOffset() ?? offset) - this.#shift;
      if (this.#reports.length === REPORTS) this.#earliestStart = Math.min(this.#earliestStart, byReports);
      // The first reports may be too late, never too early: one that is much later than those before is a drift.
      if (byReports <= this.#earliestStart + REPORT_JITTER_MS)
        this.#startOffset = { ...this.#startOffset, byReports };
    }
    return released;
  }

  /** Returns the frames that were held long enough. */
  advance(now: number): Placed<F>[] {
    const [first] = this.#held;
    return first && now - first.arrivedAt >= HOLD_MS ? this.#releaseByArrival() : [];
  }

  /** Returns all frames that are held. */
  flush(): Placed<F>[] {
    return this.#held.length > 0 ? this.#releaseByArrival() : [];
  }

  #take(frame: F): Placed<F>[] {
    const offset = this.#offsetByArrival(frame);
    if (this.#last === null) {
      this.#origin = frame.rtpTime;
      this.#arrivalOffset = offset;
      this.#firstArrivalAt = frame.arrivedAt;
      this.#startOffset = { byArrival: offset, byReports: null };
      return [this.#place(frame)];
    }
    if (!this.#isAfterPause(frame, this.#last)) {
      const drift = this.#drift(frame, this.#latestOffset());
      if (drift > MAX_DRIFT_IN_SOUND_MS) {
        this.#move(drift, frame);
        // The earlier ones are of another clock.
        this.#reports = [];
      }
    } else if (isJump(offset - this.#arrivalOffset)) {
      this.#held.push(frame);
      return [];
    } else {
      const drift = this.#drift(frame, this.#reportedOffset());
      if (Math.abs(drift) > MAX_DRIFT_MS) this.#move(drift, frame);
    }
    this.#follow(frame);
    return [this.#place(frame)];
  }

  /** Whether a report can be of the clock of the last frames. */
  #isPlausible(offset: number, now: number): boolean {
    const last = this.#held.at(-1) ?? this.#last;
    const latest = last ? this.#offsetByArrival(last) : this.#arrivalOffset;
    const earliest = this.#heldOffset() ?? this.#arrivalOffset;
    const maxTransit = now - this.#jumpedAt < STALE_MS ? JUMP_MS : MAX_TRANSIT_MS;
    return latest - offset >= MIN_TRANSIT_MS && earliest - offset <= maxTransit;
  }

  #isAfterPause(frame: F, last: F): boolean {
    const step = (frame.rtpTime - last.rtpTime) / this.#ticksPerMs - last.durationMs;
    return (
      frame.afterGap ||
      step > PAUSE_MS ||
      step < -PAUSE_MS ||
      frame.arrivedAt - last.arrivedAt > ARRIVAL_PAUSE_MS
    );
  }

  /** Decides whether the held frames are after a jump of the timestamps, or were only late. */
  #releaseByArrival(): Placed<F>[] {
    const later = (this.#heldOffset() ?? this.#arrivalOffset) - this.#arrivalOffset;
    return this.#release(isJump(later) ? later : 0, this.#held.at(-1)?.arrivedAt ?? -Infinity);
  }

  /** @param jump had the timestamps continued, the held ones would be larger by this, in milliseconds */
  #release(jump: number, now: number): Placed<F>[] {
    const held = this.#held;
    const arrival = this.#heldOffset() ?? this.#arrivalOffset;
    this.#held = [];
    if (jump !== 0 && held[0]) {
      this.#arrivalOffset = arrival;
      this.#reports = [];
      this.#jumpedAt = now;
      this.#move(jump, held[0]);
    }
    return held.map((frame) => {
      this.#follow(frame);
      return this.#place(frame);
    });
  }

  /** Returns by how much a frame would be too early in the file, as far as recent reports tell. */
  #drift(frame: F, reported: number | null): number {
    const report = this.#reports.at(-1);
    const start = this.#startOffset?.byReports ?? null;
    if (!report || reported === null || start === null) return 0;
    return frame.arrivedAt - report.at > REPORT_AGE_MS ? 0 : reported - (start + this.#shift);
  }

  /** Moves frames from this one on, but never over those before. */
  #move(byMs: number, frame: F): void {
    const earliest = this.#end - this.#timeOf(frame);
    const move = Math.max(byMs, earliest);
    this.#shift += move;
    this.#onMove(move);
  }

  #place(frame: F): Placed<F> {
    const time = Math.max(this.#timeOf(frame), this.#end - (this.#last?.durationMs ?? 0), 0);
    this.#last = frame;
    this.#end = time + frame.durationMs;
    return { frame, time };
  }

  #timeOf({ rtpTime }: F): number {
    return (rtpTime - (this.#origin ?? rtpTime)) / this.#ticksPerMs + this.#shift;
  }

  #offsetByArrival({ arrivedAt, rtpTime }: F): number {
    return arrivedAt - rtpTime / this.#ticksPerMs;
  }

  #heldOffset(): number | null {
    return this.#held.length === 0
      ? null
      : Math.min(...this.#held.map((frame) => this.#offsetByArrival(frame)));
  }

  #follow(frame: F): void {
    const offset = this.#offsetByArrival(frame);
    const difference = offset - this.#arrivalOffset;
    this.#arrivalOffset += difference < 0 ? difference : difference * TRANSIT_LEAK;
    const start = this.#startOffset;
    if (!start || frame.arrivedAt - (this.#firstArrivalAt ?? 0) > SETTLE_MS) return;
    if (offset - this.#shift < start.byArrival) {
      this.#startOffset = { ...start, byArrival: offset - this.#shift };
    }
  }

  /** What the last two reports agree on: a large drift needs no more of them, as single ones are off by less. */
  #latestOffset(): number | null {
    const latest = this.#reports.slice(-2).map(({ offset }) => offset);
    return latest.length < 2 ? null : Math.min(...latest);
  }

  /**
   * A low one of the last reports: single ones are off by the jitter of the sender, and the first ones of mediasoup have the
   * arrival, which is later, until it knows the sender's clock.
   */
  #reportedOffset(): number | null {
    const offsets = this.#reports.map(({ offset }) => offset).sort((left, right) => left - right);
    return offsets[Math.floor((offsets.length - 1) / 4)] ?? null;
  }
}

/**
 * Returns whether a frame's timestamp is not of the same timeline as those before, by how much later than those it arrived. One
 * that arrived earlier shows only that those were late, unless it is beyond any delay.
 */
function isJump(laterByMs: number): boolean {
  return laterByMs > JUMP_MS || laterByMs < -MAX_TRANSIT_MS;
}

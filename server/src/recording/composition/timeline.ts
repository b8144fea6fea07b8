/** What happened during a recording, from the lines of its timelines. Times are milliseconds since the Unix epoch. */

export interface Interval {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface Timeline {
  /** When streams were sent, by the id of their file. Of a file that is missing here, that is not known. */
  readonly sent: ReadonlyMap<string, readonly Interval[]>;
  /** When people were in the visit, as far as the recording knows, by their seat. */
  readonly present: ReadonlyMap<number, readonly Interval[]>;
}

interface Line {
  readonly at: number;
  readonly event: string;
  readonly seat?: number;
  readonly fileId?: string;
  readonly state?: string;
}

/** Collects intervals that begin and end by events. */
class Intervals<Key> {
  readonly closed = new Map<Key, Interval[]>();
  readonly #open = new Map<Key, number>();

  begin(key: Key, at: number): void {
    if (!this.#open.has(key)) this.#open.set(key, at);
    if (!this.closed.has(key)) this.closed.set(key, []);
  }

  end(key: Key, at: number): void {
    const from = this.#open.get(key);
    if (!this.closed.has(key)) this.closed.set(key, []);
    if (from !== undefined && at > from) this.closed.get(key)?.push({ from, to: at });
    this.#open.delete(key);
  }

  endAll(at: number): void {
    for (const key of [...this.#open.keys()]) this.end(key, at);
  }
}

/** Reads timelines, one text for each uninterrupted stretch of the recording. A line that was cut off is left out. */
export function readTimelines(texts: readonly string[]): Timeline {
  const sent = new Intervals<string>();
  const present = new Intervals<number>();
  for (const text of texts) {
    const lines = text.split('\n').flatMap(lineOf);
    for (const { at, event, seat, fileId, state } of lines) {
      if (event === 'left' && seat !== undefined) present.end(seat, at);
      if ((event === 'joined' || event === 'stream') && seat !== undefined) present.begin(seat, at);
      if (event === 'stream' && fileId !== undefined) {
        if (state === 'on') sent.begin(fileId, at);
        else sent.end(fileId, at);
      }
    }
    const last = lines.at(-1)?.at ?? 0;
    // People may leave until the next stretch begins.
    present.endAll(last);
    // After a crash, streams went on until their files end.
    sent.endAll(lines.some(({ event }) => event === 'stopped') ? last : Infinity);
  }
  return { sent: sent.closed, present: present.closed };
}

function lineOf(text: string): Line[] {
  try {
    const line = JSON.parse(text) as Line;
    return typeof line.at === 'number' && typeof line.event === 'string' ? [line] : [];
  } catch {
    return [];
  }
}

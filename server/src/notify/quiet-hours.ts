const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** The hours in which people are not disturbed, in minutes of the day where the person is; `to` is exclusive. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

/** Parses `21:00-08:00`. Returns null if the text is invalid. */
export function quietHours(text: string): QuietHours | null {
  const [, from, to] = /^(\d\d:\d\d)\s*-\s*(\d\d:\d\d)$/.exec(text.trim()) ?? [];
  const [start, end] = [minuteIn(from), minuteIn(to)];
  return start === null || end === null || start === end ? null : { from: start, to: end };
}

function minuteIn(text = ''): number | null {
  const [hours, minutes] = text.split(':').map(Number);
  if (hours === undefined || minutes === undefined || hours > 23 || minutes > 59) return null;
  return hours * 60 + minutes;
}

/**
 * Returns the end of the quiet hours around a time; null if it is not within them.
 * @param timeZone an IANA name
 */
export function quietUntil(at: number, { from, to }: QuietHours, timeZone: string): number | null {
  const isQuiet = (minute: number) =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet(minuteOfDay(at, timeZone))) return null;
  let end = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  // Where the clocks change in between, the first step ends beside the time, or the time does not exist.
  for (let step = 0; step < 3; step++) {
    const left = to - minuteOfDay(end, timeZone);
    if (left === 0 && step > 0) break;
    // The first step leads ahead, the others correct it by an hour or so.
    end += (step === 0 ? modulo(left, DAY_MINUTES) : nearest(left)) * MINUTE_MS;
  }
  return end;
}

function minuteOfDay(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const valueOf = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  return valueOf('hour') * 60 + valueOf('minute');
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** Returns a difference of minutes of the day as the shorter way, from -720 to 719. */
function nearest(minutes: number): number {
  return modulo(minutes + DAY_MINUTES / 2, DAY_MINUTES) - DAY_MINUTES / 2;
}

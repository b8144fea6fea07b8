import { dateTimeOf } from '../format/date-time.ts';

/** A point in time (milliseconds since 1970) in the page's language and the device's time zone. */
export function DateTime({ at }: { at: number }) {
  const { text, language } = dateTimeOf(at);
  return (
    <time class="moment" dateTime={new Date(at).toISOString()} lang={language} dir="auto">
      {text}
    </time>
  );
}

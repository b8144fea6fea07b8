import { momentOf } from '../moment.ts';

/** A point in time (milliseconds since 1970) in the person's own language and zone. */
export function Moment({ at }: { at: number }) {
  const { text, language } = momentOf(at);
  return (
    <time class="moment" dateTime={new Date(at).toISOString()} lang={language} dir="auto">
      {text}
    </time>
  );
}

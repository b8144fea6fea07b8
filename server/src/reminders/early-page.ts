import type { Seat, Session } from '../domain/session.ts';
import { html, Html } from '../html.ts';
import { speechFor } from './mail-content.ts';
import { visitTimes } from './moments.ts';

const STYLE = new Html(`<style>
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f3f6f7; color: #10242b;
    font: 1.25rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
  main { box-sizing: border-box; max-width: 36rem; margin: 1rem; padding: 2rem; background: #fff;
    border: 1px solid #c9d5d9; border-radius: 0.75rem; }
  h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.25; }
  p { margin: 0 0 1rem; }
  p:last-child { margin: 0; }
  strong { display: block; }
  @media (prefers-color-scheme: dark) {
    body { background: #0d1518; color: #e9f1f3; }
    main { background: #172328; border-color: #33444b; }
  }
</style>`);

/** What a mailed link shows long before the visit opens, in the person's language. */
export function earlyPage(session: Session, seat: Seat, timeZone: string): string {
  const { locale, words } = speechFor(session, seat);
  const { when } = visitTimes(
    { ...session, scheduledAt: session.opensAt },
    locale,
    seat.timeZone ?? timeZone,
  );
  const { title, opens, text } = words.early;
  return html`<!doctype html>
    <html lang="${locale}" dir="${words.direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${STYLE}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>${opens} <strong>${when}</strong></p>
          <p>${text}</p>
        </main>
      </body>
    </html> `.text;
}

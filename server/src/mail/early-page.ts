import { h } from 'preact';
import type { Seat, Session } from '../domain/session.ts';
import { renderDocument } from './html-document.ts';
import { localizationFor } from './locales/index.ts';
import { visitTimes } from './visit-times.ts';

const STYLE = `
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
`;

/** Returns the page behind an e-mailed link that is opened long before the visit, in the person's language. */
export function earlyPage(session: Session, seat: Seat, timeZone: string): string {
  const localization = localizationFor(seat.language, session.options.language);
  const { t, locale } = localization;
  const opening = { ...session, scheduledAt: session.opensAt };
  const { when } = visitTimes(opening, locale, seat.timeZone ?? timeZone);
  const body = h('main', null, [
    h('h1', null, t('early.title')),
    h('p', null, [`${t('early.opens')} `, h('strong', null, when)]),
    h('p', null, t('early.text')),
  ]);
  return renderDocument(
    { title: t('early.title'), style: STYLE, meta: { robots: 'noindex' }, body },
    localization,
  );
}

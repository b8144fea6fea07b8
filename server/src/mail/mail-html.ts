import { h, type ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Localization } from './localization.ts';

interface Fact {
  readonly label: string;
  readonly lines: readonly string[];
  readonly note: string | null;
}

/** The parts of an e-mail in reading order, for text and HTML alike. */
export interface MailParts {
  readonly heading: string;
  readonly greeting: string;
  readonly text: string;
  readonly facts: readonly Fact[];
  /** The link to the visit; null if the visit is cancelled. */
  readonly callToAction: CallToAction | null;
  readonly hints: readonly string[];
  readonly footer: string;
  /** Where the person chooses their text and push messages; null if there are none. */
  readonly messages: { readonly link: string; readonly label: string } | null;
}

interface CallToAction {
  readonly link: string;
  /** On the button. */
  readonly label: string;
  /** Before the address in full. */
  readonly labelOfLink: string;
}

// Every mail program understands inline styles and tables. Those that support style sheets also get the dark colours.
const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const TEXT = `${FONT};font-size:18px;line-height:1.5;color:#10242b;margin:0`;
const SOFT = `${FONT};font-size:16px;line-height:1.5;color:#4a5f68;margin:0`;
const HEADING = `${FONT};font-size:24px;line-height:1.3;font-weight:600;color:#10242b;margin:0 0 16px`;
const BUTTON = `display:block;padding:16px 24px;${FONT};font-size:20px;line-height:1.3;font-weight:600;color:#ffffff;text-decoration:none`;
const CARD = 'padding:28px 24px;border:1px solid #c9d5d9;border-radius:12px';
const DARK = `
  @media (prefers-color-scheme: dark) {
    .page { background-color: #0d1518 !important; }
    .card { background-color: #172328 !important; border-color: #33444b !important; }
    .facts { background-color: #0d1518 !important; }
    .text { color: #e9f1f3 !important; }
    .soft { color: #a9bbc2 !important; }
    .button { background-color: #5cc3d4 !important; }
    .button a { color: #04252c !important; }
    .link { color: #5cc3d4 !important; }
  }
`;

/** Renders an e-mail as an HTML document that loads nothing. */
export function mailHtml(parts: MailParts, localization: Localization): string {
  const { heading, greeting, text, facts, callToAction, hints, footer, messages } = parts;
  const { direction } = localization;
  const align = direction === 'rtl' ? 'right' : 'left';
  const card = h(
    'td',
    { class: 'card', align, bgcolor: '#ffffff', style: CARD },
    h('h1', { class: 'text', style: HEADING }, heading),
    paragraph(h('bdi', null, greeting), 'padding-bottom:8px'),
    paragraph(text, 'padding-bottom:20px'),
    table(
      { class: 'facts', bgcolor: '#f3f6f7', style: 'border-radius:8px' },
      ...facts.map((fact) => row(factCell(fact, align))),
      row(h('td', { style: 'height:12px;line-height:12px;font-size:12px' }, '\u00a0')),
    ),
    callToAction && button(callToAction),
    callToAction && linkInFull(callToAction),
    hints.map((hint) => paragraph(hint, 'padding-top:14px')),
  );
  const note = h(
    'td',
    { align, style: 'padding:16px 24px 0' },
    h('p', { class: 'soft', style: SOFT }, footer),
    messages &&
      h(
        'p',
        { class: 'soft', style: `${SOFT};padding-top:8px` },
        h('a', { class: 'link', href: messages.link, style: 'color:#0b6275' }, messages.label),
      ),
  );
  const column = table({ style: 'max-width:560px' }, row(card), row(note));
  return renderDocument(
    {
      title: heading,
      style: DARK,
      meta: { 'color-scheme': 'light dark', 'supported-color-schemes': 'light dark' },
      bodyProps: { class: 'page', dir: direction, style: 'margin:0;padding:0;background-color:#f3f6f7' },
      body: table(
        { class: 'page', bgcolor: '#f3f6f7' },
        row(h('td', { align: 'center', style: 'padding:24px 12px' }, column)),
      ),
    },
    localization,
  );
}

/** A table for layout: screen readers do not announce it. */
function table(props: Readonly<Record<string, string>>, ...rows: ComponentChildren[]): ComponentChildren {
  const layout = { role: 'presentation', width: '100%', cellpadding: '0', cellspacing: '0', border: '0' };
  return h('table', { ...layout, ...props }, rows);
}

function row(cell: ComponentChildren): ComponentChildren {
  return h('tr', null, cell);
}

function paragraph(content: ComponentChildren, style: string): ComponentChildren {
  return h('p', { class: 'text', style: `${TEXT};${style}` }, content);
}

function factCell({ label, lines, note }: Fact, align: string): ComponentChildren {
  return h(
    'td',
    { align, style: 'padding:12px 16px 0' },
    h('p', { class: 'soft', style: SOFT }, label),
    lines.map((line) => paragraph(h('bdi', null, line), 'font-weight:600;overflow-wrap:anywhere')),
    note === null ? null : h('p', { class: 'soft', style: SOFT }, note),
  );
}

function button({ link, label }: CallToAction): ComponentChildren {
  const cell = h(
    'td',
    { class: 'button', align: 'center', bgcolor: '#0b6275', style: 'border-radius:8px' },
    h('a', { href: link, style: BUTTON }, label),
  );
  return table({}, row(h('td', { style: 'padding:24px 0 8px' }, table({}, row(cell)))));
}

/** The link as text, for mail programs that show no button. */
function linkInFull({ link, labelOfLink }: CallToAction): ComponentChildren {
  const style = 'display:block;text-align:left;color:#0b6275;word-break:break-all';
  return h(
    'p',
    { class: 'soft', style: SOFT },
    `${labelOfLink} `,
    h('a', { class: 'link', href: link, dir: 'ltr', style }, link),
  );
}

export interface HtmlDocument {
  readonly title: string;
  readonly style: string;
  /** `<meta>` names with their contents. */
  readonly meta: Readonly<Record<string, string>>;
  readonly bodyProps?: Readonly<Record<string, string>>;
  readonly body: ComponentChildren;
}

/** Renders a document in which every text is escaped. Lines stay below the 998 octets of RFC 5322, 2.1.1. */
export function renderDocument(
  { title, style, meta, bodyProps = {}, body }: HtmlDocument,
  { locale, direction }: Localization,
): string {
  const document = h('html', { lang: locale, dir: direction }, [
    h('head', null, [
      h('meta', { charset: 'utf-8' }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      ...Object.entries(meta).map(([name, content]) => h('meta', { name, content })),
      h('title', null, title),
      h('style', { dangerouslySetInnerHTML: { __html: style } }),
    ]),
    h('body', bodyProps, body),
  ]);
  return `<!doctype html>\n${renderToString(document).replaceAll(BLOCK, '\n$&')}\n`;
}

/** A tag before which white space means nothing; text holds no `<`. */
const BLOCK = /<(?:head|meta|title|style|body|main|table|tr|td|h1|p|a)\b/g;

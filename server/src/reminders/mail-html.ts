import { html, Html } from '../html.ts';
import type { Speech } from './words/index.ts';

/** A label with what stands behind it. */
interface Fact {
  readonly label: string;
  readonly lines: readonly string[];
  readonly note: string | null;
}

/** The parts of a mail that text and HTML share, in the order of reading. */
export interface MailParts {
  readonly heading: string;
  readonly greeting: string;
  readonly text: string;
  readonly facts: readonly Fact[];
  /** Null where there is nothing to enter any more. */
  readonly door: { readonly link: string; readonly open: string; readonly openByLink: string } | null;
  readonly hints: readonly string[];
  readonly footer: string;
}

/**
 * Inline styles and tables, which every mail program understands; those that know style sheets show it dark to people who
 * like it dark. Nothing is loaded from anywhere.
 */
const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const STYLE = new Html(`<style>
  @media (prefers-color-scheme: dark) {
    .page { background-color: #0d1518 !important; }
    .card, .facts { background-color: #172328 !important; border-color: #33444b !important; }
    .text { color: #e9f1f3 !important; }
    .soft { color: #a9bbc2 !important; }
    .button { background-color: #5cc3d4 !important; }
    .button a { color: #04252c !important; }
    .link { color: #5cc3d4 !important; }
  }
</style>`);

const TEXT = `${FONT};font-size:18px;line-height:1.5;color:#10242b;margin:0`;
const SOFT = `${FONT};font-size:16px;line-height:1.5;color:#4a5f68;margin:0`;

/** The mail as an HTML document. */
export function mailHtml(parts: MailParts, { locale, words }: Speech): string {
  const { heading, greeting, text, facts, door, hints, footer } = parts;
  const start = words.direction === 'rtl' ? 'right' : 'left';
  const document = html`<!doctype html>
    <html lang="${locale}" dir="${words.direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${heading}</title>
        ${STYLE}
      </head>
      <body class="page" dir="${words.direction}" style="margin:0;padding:0;background-color:#f3f6f7">
        <table
          role="presentation"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          border="0"
          class="page"
          bgcolor="#f3f6f7"
        >
          <tr>
            <td align="center" style="padding:24px 12px">
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                border="0"
                style="max-width:560px"
              >
                <tr>
                  <td
                    class="card"
                    align="${start}"
                    bgcolor="#ffffff"
                    style="padding:28px 24px;border:1px solid #c9d5d9;border-radius:12px"
                  >
                    <h1
                      class="text"
                      style="${FONT};font-size:24px;line-height:1.3;font-weight:600;color:#10242b;margin:0 0 16px"
                    >
                      ${heading}
                    </h1>
                    <p class="text" style="${TEXT};padding-bottom:8px"><bdi>${greeting}</bdi></p>
                    <p class="text" style="${TEXT};padding-bottom:20px">${text}</p>
                    <table
                      role="presentation"
                      width="100%"
                      cellpadding="0"
                      cellspacing="0"
                      border="0"
                      class="facts"
                      bgcolor="#f3f6f7"
                      style="border-radius:8px"
                    >
                      ${facts.map((one) => fact(one, start))}
                      <tr>
                        <td style="height:12px;line-height:12px;font-size:12px">&nbsp;</td>
                      </tr>
                    </table>
                    ${door && button(door)}
                    ${hints.map((hint) => html`<p class="text" style="${TEXT};padding-top:14px">${hint}</p>`)}
                  </td>
                </tr>
                <tr>
                  <td align="${start}" style="padding:16px 24px 0">
                    <p class="soft" style="${SOFT}">${footer}</p>
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `;
  return document.text;
}

function fact({ label, lines, note }: Fact, start: string): Html {
  return html`<tr>
    <td align="${start}" style="padding:12px 16px 0">
      <p class="soft" style="${SOFT}">${label}</p>
      ${lines.map(
        (line) =>
          html`<p class="text" style="${TEXT};font-weight:600;overflow-wrap:anywhere"><bdi>${line}</bdi></p>`,
      )}
      ${note === null ? null : html`<p class="soft" style="${SOFT}">${note}</p>`}
    </td>
  </tr> `;
}

/** A link as a button, and once more in full for those who see none. */
function button({ link, open, openByLink }: NonNullable<MailParts['door']>): Html {
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
      <tr>
        <td style="padding:24px 0 8px">
          <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
            <tr>
              <td class="button" align="center" bgcolor="#0b6275" style="border-radius:8px">
                <a
                  href="${link}"
                  style="display:block;padding:16px 24px;${FONT};font-size:20px;line-height:1.3;font-weight:600;color:#ffffff;text-decoration:none"
                  >${open}</a
                >
              </td>
            </tr>
          </table>
        </td>
      </tr>
    </table>
    <p class="soft" style="${SOFT}">
      ${openByLink}
      <a
        class="link"
        href="${link}"
        dir="ltr"
        style="display:block;text-align:left;color:#0b6275;word-break:break-all"
        >${link}</a
      >
    </p> `;
}

import { h, type ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Localization } from './locales/index.ts';

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

import { Router } from 'express';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '@televisit/shared/errors';
import { apiDocument, type ApiDocument, type oas31 } from './api-document.ts';
import { eventsSection } from './docs-events.ts';
import { operationSection, operationsByTag } from './docs-operation.ts';
import { fieldList } from './docs-schema.ts';
import { html, prose, type Html } from '../html.ts';
import { resource } from './resource.ts';

const STYLE = fileURLToPath(new URL('docs.css', import.meta.url));

/**
 * `/docs`: the API for people to read, made on the server from openapi.json, without a script.
 * @param baseUrl where people reach the server, for the examples
 */
export function docsRoutes(baseUrl: () => string): Router {
  const router = Router({ caseSensitive: true });
  const pages = new Map<string, string>();
  resource(router, '/docs', {
    get: [
      (_request, response) => {
        const page = pages.get(baseUrl()) ?? docsPage(apiDocument(), baseUrl()).text;
        pages.set(baseUrl(), page);
        response.setHeader('Cache-Control', 'no-cache');
        response.type('text/html').send(page);
      },
    ],
  });
  resource(router, '/docs/style.css', {
    get: [(_request, response) => response.sendFile(STYLE, { maxAge: '1h' })],
  });
  return router;
}

/** The whole page. */
export function docsPage(document: ApiDocument, baseUrl: string): Html {
  const byTag = operationsByTag(document);
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, oas31.SchemaObject][];
  const { title, version } = document.info;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} API</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <p class="brand"><a href="#content">${title} API</a> <span class="version">${version}</span></p>
          <p><a href="/openapi.json">openapi.json</a></p>
        </header>
        <details class="contents" open>
          <summary>Contents</summary>
          <nav aria-label="Contents">
            <ul>
              ${GUIDE.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
            </ul>
            ${byTag.map(
              ([tag, operations]) =>
                html`<h2><a href="#${anchor(tag.name)}">${tag.name}</a></h2>
                  <ul>
                    ${operations.map(
                      ({ id, method }) =>
                        html`<li>
                          <a href="#${id}"><span class="method ${method}">${method}</span> ${id}</a>
                        </li>`,
                    )}
                  </ul>`,
            )}
            <ul>
              <li><a href="#events">Events</a></li>
              <li><a href="#objects">Objects</a></li>
            </ul>
          </nav>
        </details>
        <main id="content" tabindex="-1">
          <h1>${title} API</h1>
          ${introduction(document, baseUrl)}
          ${byTag.map(
            ([tag, operations]) =>
              html`<section aria-labelledby="${anchor(tag.name)}">
                <h2 id="${anchor(tag.name)}">${tag.name}</h2>
                ${prose(tag.description ?? '')}
                ${operations.map((operation) => operationSection(document, operation))}
              </section>`,
          )}
          ${eventsSection(document)}
          <section aria-labelledby="objects">
            <h2 id="objects">Objects</h2>
            ${schemas.map(
              ([name, schema]) =>
                html`<section class="object" id="schema-${name}">
                  <h3><a href="#schema-${name}">${name}</a></h3>
                  ${fieldList(schema, name.endsWith('Request') ? 'request' : 'answer')}
                </section>`,
            )}
          </section>
        </main>
      </body>
    </html> `;
}

/** The sections of the introduction. */
const GUIDE = [
  ['begin', 'To begin with'],
  ['secret', 'The internal secret'],
  ['errors', 'Errors'],
  ['repeating', 'Asking twice'],
  ['pages', 'Pages of a list'],
  ['times', 'Times'],
  ['limits', 'Limits'],
] as const;

function introduction({ info }: ApiDocument, baseUrl: string): Html {
  const code = (text: string) => html`<pre tabindex="0"><code>${text}</code></pre>`;
  const problem = {
    type: 'urn:televisit:error:seat_mismatch',
    title: ERRORS.seat_mismatch.title,
    status: ERRORS.seat_mismatch.status,
    code: 'seat_mismatch',
    detail: ERRORS.seat_mismatch.title,
    remedy: ERRORS.seat_mismatch.remedy,
    instance: 'urn:uuid:0f4d8e3c-9f6a-4c51-8a57-6f9d1c2b3a40',
  };
  const texts: Record<(typeof GUIDE)[number][0], Html> = {
    begin: html`${prose((info.description ?? '').split('\n\n')[0] ?? '')}
      <p>The examples are for a shell in which these are set:</p>
      ${code(`SERVER=${baseUrl}\nSECRET=…   # the server’s INTERNAL_SECRET`)}`,
    secret: html`<p>
      A backend sends the server’s <code>INTERNAL_SECRET</code> in the header <code>X-Internal-Secret</code>.
      It may do everything, so it stays on your servers: people get join links, which are good for one person
      in one visit. The paths work with and without <code>/api/v1</code>.
    </p>`,
    errors: html`<p>
        Every error is <code>application/problem+json</code> (RFC 9457). Programs go by <code>code</code>,
        which never changes its meaning; <code>remedy</code> says what to do next, and
        <code>instance</code> finds the request in the log.
      </p>
      ${code(JSON.stringify(problem, null, 2))}`,
    repeating: html`<p>
      An appointment has one session: creating it again with the same people answers the same session, with
      200 in place of 201. If your <code>appointmentId</code> is made up anew for each attempt, send an
      <code>Idempotency-Key</code>: the same key with the same request gives the first answer again, marked
      <code>Idempotent-Replayed: true</code>. Starting, ending, cancelling and removing may be asked for again
      as well. After 429 and 503, wait for as many seconds as <code>Retry-After</code> says.
    </p>`,
    pages: html`<p>
      A list answers <code>nextCursor</code>; send it as <code>cursor</code> for the next page, with the same
      filters, until it is null. Pages stay stable while sessions are made and changed.
    </p>`,
    times: html`<p>
      Times are RFC 3339. Write them with any zone, <code>2026-01-31T09:00:00+01:00</code>; answers are in
      UTC, to the millisecond: <code>2026-01-31T08:00:00.000Z</code>.
    </p>`,
    limits: html`<p>
      Bodies are JSON objects of at most 64 kB; a field that is not documented is refused. Identifiers of
      appointments and people are yours: 1 to 128 printable characters, without a space at either end.
    </p>`,
  };
  return html`${GUIDE.map(
    ([id, name]) =>
      html`<section aria-labelledby="${id}">
        <h2 id="${id}"><a href="#${id}">${name}</a></h2>
        ${texts[id]}
      </section>`,
  )}`;
}

function anchor(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(' ', '-')}`;
}

import { html, type Html } from '../html.ts';
import type { ApiDocument, oas31 } from './api-document.ts';
import { typeOf } from './docs-schema.ts';

/** What endpoints are sent: one line for each type of event. */
export function eventsSection({ webhooks = {} }: ApiDocument): Html {
  const events = Object.entries(webhooks).map(([type, item]) => {
    const { summary = '', requestBody } = item.post ?? {};
    const { schema = {} } = (requestBody as oas31.RequestBodyObject).content['application/json'] ?? {};
    return html`<dt><code class="name">${type}</code> <span class="type">${typeOf(schema)}</span></dt>
      <dd>${summary}</dd>`;
  });
  return html`<section aria-labelledby="events">
    <h2 id="events"><a href="#events">Events</a></h2>
    <p>
      Every endpoint of <a href="#createWebhookEndpoint">POST /webhook-endpoints</a>, and
      <code>WEBHOOK_URL</code>, is posted these, signed as Standard Webhooks say: the headers
      <code>webhook-id</code>, <code>webhook-timestamp</code> and <code>webhook-signature</code> go with a
      body of JSON. Libraries of <code>standardwebhooks</code> check them in most languages.
    </p>
    <p>
      Answer with 200 to 299 within 15 seconds, and work afterwards. Anything else, a redirect too, is sent
      again for three days; 410 disables the endpoint. An event may come twice, with the same <code>id</code>;
      those of one session come in the order of <code>sequence</code>.
    </p>
    <dl class="fields">${events}</dl>
  </section>`;
}

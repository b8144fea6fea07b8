import { createHash } from 'node:crypto';
import { Invitations, LinkSignatures } from '@televisit/server/access/link-signature';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRETS } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

type Policy = ReadonlyMap<string, readonly string[]>;

/** Directives for which `default-src` is no fallback. */
const WITHOUT_FALLBACK = ['base-uri', 'form-action', 'frame-ancestors'];
/** The features that pages of this origin may use, and no other origin. */
const USED = [
  'autoplay',
  'camera',
  'display-capture',
  'fullscreen',
  'microphone',
  'picture-in-picture',
  'screen-wake-lock',
  'speaker-selection',
];
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-powered-by': null,
};

const DAY = 86_400_000;

/** Every kind of response: pages, their files, documents, the API, and errors of each. */
const PATHS = {
  'the join page': () => '/join/sess_0000000000000000',
  'the start page': () => '/',
  'the page before the visit': () => links.early,
  'the page of messages': () => links.messages,
  'a link that is not valid': () => '/j/nothing',
  'the API reference': () => '/docs',
  'a script of the API reference': () => '/docs/docs.js',
  'the OpenAPI document': () => '/openapi.json',
  'the service worker': () => '/push-worker.js',
  'a file that does not exist': () => '/assets/nothing.js',
  'a page that does not exist': () => '/nothing',
  'an address that is no UTF-8': () => '/%ff',
  'the API': () => '/api/v1/sessions',
  'the API to a participant': () => '/api/v1/visits/sess_0000000000000000',
  'a probe': () => '/readyz',
};
type Path = keyof typeof PATHS;

let server: TestServer;
let links: { readonly early: string; readonly messages: string };

beforeAll(async () => {
  server = await startServer({ closedBy: 'caller', env: { CLIENT_BASE_URL: 'https://visits.test' } });
  const { sessionId } = await server.createVisit(undefined, {
    scheduledAt: new Date(Date.now() + DAY).toISOString(),
    seats: [{ userId: 'patient', role: 'patient', displayName: 'Ada Lovelace', email: 'ada@home.test' }],
  });
  const session = await server.televisit.sessions.get(sessionId);
  const place = session.seats.findIndex(({ userId }) => userId === 'patient');
  const invitations = new Invitations(new LinkSignatures(SECRETS.tokens));
  links = {
    early: `/j/${invitations.issueCode(session, place)}`,
    messages: `/m/${invitations.issueCode(session, place, 'messages')}`,
  };
});
afterAll(() => server.close());

const get = (path: Path, from = server) => fetch(from.url + PATHS[path](), { redirect: 'manual' });

/** Returns the policies of a response, each of which browsers enforce. */
function policiesOf({ headers }: Response): Policy[] {
  return (headers.get('content-security-policy') ?? '').split(', ').map(
    (policy) =>
      new Map(
        policy.split(';').map((directive) => {
          const [name = '', ...values] = directive.trim().split(/\s+/);
          return [name, values] as const;
        }),
      ),
  );
}

function permissionsOf({ headers }: Response): Map<string, string> {
  const entries = (headers.get('permissions-policy') ?? '').split(', ').map((entry) => entry.split('='));
  return new Map(entries.map(([feature = '', allowed = '']) => [feature, allowed]));
}

describe.each(Object.keys(PATHS) as Path[])('the headers of %s', (path) => {
  it('have a policy that allows no inline code, no eval, no foreign host and no embedding', async () => {
    const [policy] = policiesOf(await get(path));
    for (const directive of WITHOUT_FALLBACK) expect(policy?.has(directive), directive).toBe(true);
    expect(policy?.get('frame-ancestors')).toEqual(["'none'"]);
    expect(policy?.get('base-uri')).toEqual(["'none'"]);
    expect(policy?.get('object-src') ?? policy?.get('default-src')).toEqual(["'none'"]);
    const sources = [...policy!].filter(([name]) => name.endsWith('-src')).flatMap(([, values]) => values);
    for (const source of sources)
      expect(source).toMatch(/^('self'|'none'|data:|blob:|'sha256-[\w+/]{43}=')$/);
    const scripts = policy?.get('script-src') ?? policy?.get('default-src');
    expect([["'self'"], ["'none'"]]).toContainEqual(scripts);
  });

  it('allow no feature of the browser that pages do not use', async () => {
    const permissions = permissionsOf(await get(path));
    const allowed = [...permissions].filter(([, value]) => value !== '()');
    expect(allowed.sort()).toEqual(USED.map((feature) => [feature, '(self)']));
    for (const feature of ['geolocation', 'payment', 'usb', 'serial', 'hid', 'midi']) {
      expect(permissions.get(feature), feature).toBe('()');
    }
  });

  it('isolate the page from others, and keep its address and type to it', async () => {
    const { headers } = await get(path);
    const found = Object.fromEntries(Object.keys(HEADERS).map((name) => [name, headers.get(name)]));
    expect(found).toEqual(HEADERS);
  });
});

describe('the policy', () => {
  it.each(['the join page', 'the start page'] as const)(
    'of %s lets browsers turn no text into HTML or scripts',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      const [, trustedTypes] = policiesOf(response);
      expect(trustedTypes).toEqual(
        new Map([
          ['require-trusted-types-for', ["'script'"]],
          ['trusted-types', ['televisit', 'televisit-speech']],
        ]),
      );
    },
  );

  it.each(['the page before the visit', 'the page of messages'] as const)(
    'of %s allows its own style sheet and nothing else',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      const page = await response.text();
      const [, style = ''] = /<style>([^<]*)<\/style>/.exec(page) ?? [];
      expect(style).not.toBe('');
      expect(page).not.toMatch(/<script|\son\w+=|\sstyle=/);
      const [policy] = policiesOf(response);
      const hash = createHash('sha256').update(style).digest('base64');
      expect(policy?.get('style-src')).toEqual([`'sha256-${hash}'`]);
      expect(policy?.get('default-src')).toEqual(["'none'"]);
    },
  );

  it('does not lock people out of a server without https', async () => {
    const plain = await startServer();
    const response = await get('the join page', plain);
    expect(response.headers.get('strict-transport-security')).toBeNull();
    expect(policiesOf(response)[0]?.has('upgrade-insecure-requests')).toBe(false);
    expect(policiesOf(await get('the join page'))[0]?.has('upgrade-insecure-requests')).toBe(true);
  });

  it('lets the origins of EMBED_ALLOW_ORIGINS embed the join page, and no other', async () => {
    const embedded = await startServer({ env: { EMBED_ALLOW_ORIGINS: 'https://portal.test' } });
    const response = await get('the join page', embedded);
    expect(policiesOf(response)[0]?.get('frame-ancestors')).toEqual(['https://portal.test']);
    expect(response.headers.get('x-frame-options')).toBeNull();
  });

  it('of a server with Agora lets its SDK start workers from text', async () => {
    const agora = await startServer({
      env: {
        MEETING_PROVIDERS: 'sfu,agora',
        AGORA_APP_ID: '0'.repeat(32),
        AGORA_APP_CERTIFICATE: '1'.repeat(32),
        AGORA_CUSTOMER_ID: 'customer',
        AGORA_CUSTOMER_SECRET: 'a-secret-of-the-customer',
        AGORA_WEBHOOK_SECRET: 'a-secret-of-the-webhook',
      },
    });
    expect(policiesOf(await get('the join page', agora))).toHaveLength(1);
  });
});

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';
import { freePort } from './free-port.ts';

/** A person whom the identity provider knows; the groups are a claim of their tokens. */
export interface OidcAccount {
  readonly groups: readonly string[];
}

export interface OidcServerOptions {
  /** The address to which the provider may send browsers back. */
  readonly redirectUri: string;
  readonly accounts: Readonly<Record<string, OidcAccount>>;
  /** Whether the groups are in the ID token; otherwise only the userinfo endpoint has them. */
  readonly inIdToken?: boolean;
  readonly port?: number;
}

/**
 * A real identity provider (`oidc-provider`). It logs in as the account which the query `login_hint` of a request names, or
 * asks for one with a form.
 */
export class OidcServer {
  readonly issuer: string;
  readonly port: number;
  readonly #server: Server;

  private constructor(issuer: string, port: number, server: Server) {
    this.issuer = issuer;
    this.port = port;
    this.#server = server;
  }

  static async start(options: OidcServerOptions): Promise<OidcServer> {
    const port = options.port ?? (await freePort());
    const issuer = `http://127.0.0.1:${port}`;
    const provider = providerOf(issuer, options);
    const server = createServer((request, response) => {
      const uid = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '')?.[1];
      if (uid === undefined) {
        void provider.callback()(request, response);
        return;
      }
      interact(provider, request, response).catch((error: unknown) =>
        response.writeHead(500).end(String(error)),
      );
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new OidcServer(issuer, port, server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What a browser sees of a provider that has no account for it yet. */
const LOGIN_FORM = `<!doctype html><title>Clinic accounts</title>
<form method="post"><label>Account <input name="account"></label> <button>Log in</button></form>`;

async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const typed = new URLSearchParams(request.method === 'POST' ? await text(request) : '').get('account');
  const account = typed ?? params.login_hint;
  if (typeof account !== 'string') {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(LOGIN_FORM);
    return;
  }
  const result = account === 'nobody' ? { error: 'access_denied' } : { login: { accountId: account } };
  await provider.interactionFinished(request, response, result);
}

function providerOf(
  issuer: string,
  { redirectUri, accounts, inIdToken = true }: OidcServerOptions,
): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'televisit',
        client_secret: 'secret-of-televisit',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['groups', 'preferred_username'] },
    // Otherwise claims of scopes are only at the userinfo endpoint.
    conformIdTokenClaims: !inIdToken,
    pkce: { required: () => true },
    cookies: { keys: ['a key of a test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => {
      const account = accounts[id];
      if (!account) return undefined;
      return {
        accountId: id,
        claims: () => ({ sub: id, groups: [...account.groups], preferred_username: `${id}@clinic.example` }),
      };
    },
    // People are not asked whether the console may know who they are.
    loadExistingGrant: async (context) => {
      const { session, client, provider } = context.oidc;
      const grant = new provider.Grant({
        ...(client ? { clientId: client.clientId } : {}),
        ...(session?.accountId ? { accountId: session.accountId } : {}),
      });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  });
}

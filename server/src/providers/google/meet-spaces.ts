import { z } from 'zod';
import { ProviderError } from '../provider-error.ts';
import { SCOPES, type GoogleApi, type Scope } from './google-api.ts';
import { remedyOf } from './google-errors.ts';

/** The part of a space's configuration that the server sets. */
export interface SpaceConfig {
  /** Who enters without knocking. */
  readonly accessType: 'OPEN' | 'TRUSTED' | 'RESTRICTED';
  /** With `CREATOR_APP_ONLY` nobody enters by the link. */
  readonly entryPointAccess: 'ALL' | 'CREATOR_APP_ONLY';
}

const space = z.object({
  name: z.string().regex(/^spaces\/[\w-]+$/),
  meetingUri: z.url(),
  meetingCode: z.string(),
});

export type Space = z.infer<typeof space>;

const MASK = 'config.accessType,config.entryPointAccess';

/** The spaces of the Google Meet API, v2. */
export class MeetSpaces {
  readonly #api: GoogleApi;
  readonly #url: string;

  constructor(api: GoogleApi, url: string) {
    this.#api = api;
    this.#url = url;
  }

  async create(config: SpaceConfig, signal: AbortSignal): Promise<Space> {
    try {
      return await this.#call('POST', '/spaces', { config }, SCOPES.ownSpaces, signal);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'missing') throw error;
      // The API says so of a space that does not exist yet if the account must not create any.
      const code = 'forbiddenForServiceAccounts';
      const remedy = remedyOf(code) ?? '';
      throw new ProviderError('misconfigured', `Google Meet lets the account create no spaces: ${remedy}`, {
        code,
        cause: error,
      });
    }
  }

  /** @param name `spaces/…` with the id of the space or its meeting code */
  get(name: string, scope: Scope, signal: AbortSignal): Promise<Space> {
    return this.#call('GET', `/${name}`, undefined, scope, signal);
  }

  configure(name: string, config: SpaceConfig, signal: AbortSignal): Promise<Space> {
    return this.#call('PATCH', `/${name}?updateMask=${MASK}`, { config }, SCOPES.ownSpaces, signal);
  }

  /** Ends the conference in a space, if there is one. */
  async endConference(name: string, signal: AbortSignal): Promise<void> {
    await this.#api.call({
      method: 'POST',
      url: `${this.#url}/${name}:endActiveConference`,
      json: {},
      scope: SCOPES.ownSpaces,
      signal,
    });
  }

  async #call(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    json: object | undefined,
    scope: Scope,
    signal: AbortSignal,
  ): Promise<Space> {
    const { body } = await this.#api.call({
      method,
      url: `${this.#url}${path}`,
      ...(json ? { json } : {}),
      scope,
      signal,
    });
    const parsed = space.safeParse(body);
    if (!parsed.success) throw new ProviderError('refused', 'Google Meet answered without a space');
    return parsed.data;
  }
}

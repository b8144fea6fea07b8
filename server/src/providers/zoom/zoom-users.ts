import { z } from 'zod';
import type { UserAction } from './zoom-settings.ts';
import { hasCode, ZOOM_CODES } from './zoom-error.ts';
import { zoomPath, type ZoomApi } from './zoom-api.ts';

/** The types of users that matter here: others cannot host meetings. */
const BASIC = 1;
const LICENSED = 2;
/** The lifetime of a token that starts a meeting, in seconds. */
const ZAK_SECONDS = 7200;

const userSchema = z.object({
  id: z.string().min(1),
  email: z.string().optional(),
  type: z.number(),
  /** `pending` until the user accepts the invitation. */
  status: z.string().default('active'),
});

/** A user of the Zoom account. */
export interface ZoomUser {
  readonly id: string;
  readonly isActive: boolean;
  /** Whether the user may host longer meetings with registration. */
  readonly isLicensed: boolean;
}

export interface NewZoomUser {
  readonly email: string;
  readonly firstName: string | null;
}

/** The users of the Zoom account, as far as they host visits. */
export class ZoomUsers {
  readonly #api: ZoomApi;

  constructor(api: ZoomApi) {
    this.#api = api;
  }

  /** Returns a user; null if the account has no such user. @param user an id or e-mail address */
  async find(user: string, signal: AbortSignal): Promise<ZoomUser | null> {
    try {
      const found = await this.#api.call(
        { method: 'GET', path: zoomPath('users', user), signal },
        userSchema,
      );
      return asUser(found);
    } catch (error) {
      if (hasCode(error, ZOOM_CODES.noUser, ZOOM_CODES.foreignUser, '404')) return null;
      throw error;
    }
  }

  /**
   * Creates a user without a licence. With `create` the user is pending, and cannot host, until the invitation that Zoom
   * mails is accepted; `ssoCreate` and `custCreate` need single sign-on or a contract, and the user is active at once.
   */
  async create(
    { email, firstName }: NewZoomUser,
    action: UserAction,
    signal: AbortSignal,
  ): Promise<ZoomUser | null> {
    const info = {
      email,
      type: BASIC,
      ...(firstName === null ? {} : { first_name: firstName.slice(0, 64) }),
    };
    try {
      await this.#api.send({
        method: 'POST',
        path: '/users',
        json: { action, user_info: info },
        signal,
      });
    } catch (error) {
      // Another process, or an attempt whose answer was lost, has created the user.
      if (!hasCode(error, ZOOM_CODES.userExists)) throw error;
    }
    // The answer does not say whether the user is active.
    return this.find(email, signal);
  }

  /** Gives a user a licence, or takes it. @throws {ProviderError} code 2034 or 3412 if no licence is left */
  setLicensed(userId: string, isLicensed: boolean, signal: AbortSignal): Promise<void> {
    const type = isLicensed ? LICENSED : BASIC;
    return this.#api.send({ method: 'PATCH', path: zoomPath('users', userId), json: { type }, signal });
  }

  /** Deactivates a user, who loses all licences and can be activated again. */
  deactivate(userId: string, signal: AbortSignal): Promise<void> {
    return this.#api.send({
      method: 'PUT',
      path: zoomPath('users', userId, 'status'),
      json: { action: 'deactivate' },
      signal,
    });
  }

  /** Returns a token (ZAK) with which a client with the Meeting SDK hosts as a user for two hours. */
  async zak(userId: string, signal: AbortSignal): Promise<{ token: string; seconds: number }> {
    const { token } = await this.#api.call(
      {
        method: 'GET',
        path: zoomPath('users', userId, 'token'),
        // The default type is a deprecated one.
        query: { type: 'zak', ttl: String(ZAK_SECONDS) },
        signal,
      },
      z.object({ token: z.string().min(1) }),
    );
    return { token, seconds: ZAK_SECONDS };
  }
}

function asUser({ id, type, status }: z.infer<typeof userSchema>): ZoomUser {
  return { id, isActive: status === 'active', isLicensed: type === LICENSED };
}

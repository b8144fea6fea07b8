import { TelevisitApi } from '@televisit/api-client';
import type { CreateSessionRequest, CreateSessionResponse } from '@televisit/shared/api';
import type { Role } from '@televisit/shared/vocabulary';
import { INTERNAL_SECRET } from '../infra/settings.ts';

/** A telemedicine backend of a running server. */
export class Backend {
  readonly url: string;
  /** Does not retry. */
  readonly api: TelevisitApi;

  /** @param send sends the requests, for a server in another network namespace or to check the responses */
  constructor(url: string, send: typeof fetch = fetch) {
    this.url = url;
    this.api = new TelevisitApi({ baseUrl: url, secret: INTERNAL_SECRET, fetch: send, retries: 0 });
  }

  /** Creates a visit of `doctor` and `patient`, without a waiting room unless the plan asks for one. */
  createVisit(
    appointmentId = `appointment-${Math.random()}`,
    plan: Partial<CreateSessionRequest> = {},
  ): Promise<CreateSessionResponse> {
    return this.api.createSession(visitRequest(appointmentId, plan));
  }

  async joinUrl(sessionId: string, role: Role, userId: string = role): Promise<string> {
    return (await this.api.joinSession(sessionId, { role, userId })).joinUrl;
  }
}

/** Returns the request that creates a visit of `doctor` and `patient`, as `createVisit` sends it. */
export function visitRequest(
  appointmentId: string,
  { options, ...plan }: Partial<CreateSessionRequest>,
): CreateSessionRequest {
  return {
    appointmentId,
    doctorId: 'doctor',
    patientId: 'patient',
    ...plan,
    options: { waitingRoom: 'off', ...options },
  };
}

/** Returns the token of a join link. */
export function tokenOf(joinUrl: string): string {
  return new URL(joinUrl).searchParams.get('token') ?? '';
}

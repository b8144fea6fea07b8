import { TelevisitApi } from '@televisit/api-client';
import type { CreateSessionRequest, CreateSessionResponse } from '@televisit/shared/api';
import type { Role } from '@televisit/shared/permissions';
import { INTERNAL_SECRET } from '../infra/secrets.ts';

/** A telemedicine backend as far as tests of a running server need one. */
export class Backend {
  readonly api: TelevisitApi;

  /** @param reach how to get there, where the server is in another network than this process */
  constructor(baseUrl: string, reach: typeof fetch = fetch) {
    this.api = new TelevisitApi({ baseUrl, secret: INTERNAL_SECRET, fetch: reach, retries: 0 });
  }

  /** A visit of `doctor` and `patient`, without a waiting room where the plan does not ask for one. */
  createVisit(
    appointmentId = `appointment-${Math.random()}`,
    plan: Partial<CreateSessionRequest> = {},
  ): Promise<CreateSessionResponse> {
    return this.api.createSession(simpleVisit(appointmentId, plan));
  }

  async joinUrl(sessionId: string, role: Role, userId: string = role): Promise<string> {
    return (await this.api.joinSession(sessionId, { role, userId })).joinUrl;
  }
}

/** What creates a visit of `doctor` and `patient`. Most tests are about other things than the waiting room. */
export function simpleVisit(
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

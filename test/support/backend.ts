import { TelevisitApi } from '@televisit/api-client';
import type { CreateSessionResponse } from '@televisit/shared/api';
import { INTERNAL_SECRET } from './secrets.ts';

/** A telemedicine backend as far as tests of a running server need one. */
export class Backend {
  readonly api: TelevisitApi;

  /** @param reach how to get there, where the server is in another network than this process */
  constructor(baseUrl: string, reach: typeof fetch = fetch) {
    this.api = new TelevisitApi({ baseUrl, secret: INTERNAL_SECRET, fetch: reach, retries: 0 });
  }

  /** A visit of `doctor` and `patient`. */
  createVisit(appointmentId = `appointment-${Math.random()}`): Promise<CreateSessionResponse> {
    return this.api.createSession({ appointmentId, doctorId: 'doctor', patientId: 'patient' });
  }

  async joinUrl(sessionId: string, role: 'doctor' | 'patient'): Promise<string> {
    return (await this.api.joinSession(sessionId, { role, userId: role })).joinUrl;
  }
}

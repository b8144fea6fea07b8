import type { CreateSessionResponse, JoinSessionResponse } from '@televisit/shared/api';
import { INTERNAL_SECRET } from './secrets.ts';

/** A telemedicine backend as far as tests of a running server need one. */
export class Backend {
  readonly #url: string;
  readonly #fetch: typeof fetch;

  /** @param reach how to get there, where the server is in another network than this process */
  constructor(url: string, reach: typeof fetch = fetch) {
    this.#url = url;
    this.#fetch = reach;
  }

  /** A visit of `doctor` and `patient`. */
  createVisit(appointmentId = `appointment-${Math.random()}`): Promise<CreateSessionResponse> {
    return this.#post('/sessions', { appointmentId, doctorId: 'doctor', patientId: 'patient' });
  }

  async joinUrl(sessionId: string, role: 'doctor' | 'patient'): Promise<string> {
    const { joinUrl } = await this.#post<JoinSessionResponse>(`/sessions/${sessionId}/join`, {
      role,
      userId: role,
    });
    return joinUrl;
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const response = await this.#fetch(this.#url + path, {
      method: 'POST',
      headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

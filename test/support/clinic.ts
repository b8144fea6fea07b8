import type { CreateSessionRequest } from '@televisit/shared/api';
import type { Role } from '@televisit/shared/permissions';
import { HeadlessParticipant } from './headless-participant.ts';
import { TestServer, type TestServerOptions } from './test-server.ts';

/** Who has a seat; the user id is the key. */
const SEATS = {
  doctor: 'doctor',
  patient: 'patient',
  colleague: 'doctor',
  guest: 'guest',
  observer: 'observer',
} as const satisfies Record<string, Role>;
export type Person = keyof typeof SEATS;

/** A visit of five without browsers: two hosts, a patient, a guest and an observer. */
export class Clinic {
  readonly server: TestServer;
  readonly sessionId: string;

  private constructor(server: TestServer, sessionId: string) {
    this.server = server;
    this.sessionId = sessionId;
  }

  /** Gone after the test. */
  static async open(
    options: CreateSessionRequest['options'] = {},
    overrides: TestServerOptions = {},
  ): Promise<Clinic> {
    const server = await TestServer.start(overrides);
    const seats = Object.entries(SEATS).map(([userId, role]) => ({
      userId,
      role,
      displayName: userId.toUpperCase(),
    }));
    const { sessionId } = await server.createVisit(undefined, { seats, options });
    return new Clinic(server, sessionId);
  }

  /** Connected, in front of the preview. */
  connect(person: Person): Promise<HeadlessParticipant> {
    return HeadlessParticipant.open(this.server, this.sessionId, SEATS[person], person);
  }

  /** In the visit. */
  join(person: Person): Promise<HeadlessParticipant> {
    return HeadlessParticipant.join(this.server, this.sessionId, SEATS[person], person);
  }

  /** In the waiting room. */
  wait(person: Person): Promise<HeadlessParticipant> {
    return HeadlessParticipant.wait(this.server, this.sessionId, SEATS[person], person);
  }

  session() {
    return this.server.televisit.sessions.get(this.sessionId);
  }

  /** What happened, with who did it: `participant.admitted patient by doctor`. */
  async history(): Promise<string[]> {
    const { entries } = await this.server.api.getAudit(this.sessionId);
    return entries.map(({ action, userId, actor }) => {
      const by = actor.type === 'participant' ? actor.userId : actor.type;
      return `${action}${userId === null ? '' : ` ${userId}`} by ${by}`;
    });
  }
}

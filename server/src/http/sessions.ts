import {
  createSessionRequest,
  joinSessionRequest,
  type CreateSessionResponse,
  type JoinSessionResponse,
} from '@televisit/shared/api';
import { Router, type RequestHandler } from 'express';
import type { JoinTokens } from '../access/join-token.ts';
import { roomName, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { jsonBody, parseBody } from './json-body.ts';
import { resource } from './resource.ts';

export interface SessionRoutesOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  /** Where people open their links, without a slash at the end. */
  readonly clientBaseUrl: () => string;
}

/** `/sessions`: what a telemedicine backend does with visits. */
export function sessionRoutes(options: SessionRoutesOptions): Router {
  const router = Router({ caseSensitive: true });
  resource(router, '/', { post: [...jsonBody, createSession(options)] });
  resource(router, '/:sessionId/join', { post: [...jsonBody, joinSession(options)] });
  return router;
}

function createSession({ sessions, clientBaseUrl }: SessionRoutesOptions): RequestHandler {
  return async (request, response) => {
    const { appointmentId, doctorId, patientId } = parseBody(createSessionRequest, request.body);
    const { session, created } = await sessions.create(appointmentId, [
      { userId: doctorId, role: 'doctor', displayName: null },
      { userId: patientId, role: 'patient', displayName: null },
    ]);
    const body: CreateSessionResponse = {
      sessionId: session.sessionId,
      roomName: roomName(session),
      sfuNodeId: session.placement.nodeId,
      baseUrl: joinPage(clientBaseUrl(), session),
    };
    response.status(created ? 201 : 200).json(body);
  };
}

function joinSession({ sessions, tokens, clientBaseUrl }: SessionRoutesOptions): RequestHandler {
  return async (request, response) => {
    const { role, userId } = parseBody(joinSessionRequest, request.body);
    const { session, seat } = await sessions.seat(request.params.sessionId as string, userId, role);
    const { token, expiresIn } = tokens.issue(session.sessionId, seat);
    const body: JoinSessionResponse = {
      joinUrl: `${joinPage(clientBaseUrl(), session)}?token=${token}`,
      expiresIn,
    };
    response.json(body);
  };
}

function joinPage(clientBaseUrl: string, session: Session): string {
  return `${clientBaseUrl}/join/${session.sessionId}`;
}

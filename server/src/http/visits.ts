import type { VisitBootstrap } from '@televisit/shared/api';
import { Router, type Request } from 'express';
import type { JoinTokens } from '../access/join-token.ts';
import { iceServers, type TurnConfig } from '../access/turn-credentials.ts';
import type { Clock } from '../domain/clock.ts';
import { roomName } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { resource } from './resource.ts';

export interface VisitRoutesOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  readonly turn: TurnConfig | null;
  /** mediasoup `RtpCapabilities` of every router. */
  readonly rtpCapabilities: object;
  readonly opusDtx: boolean;
}

/** `/visits/{sessionId}`: what the join page asks for first, with its join token as bearer (RFC 6750). */
export function visitRoutes(options: VisitRoutesOptions): Router {
  const { sessions, tokens, clock, turn, rtpCapabilities, opusDtx } = options;
  const router = Router({ caseSensitive: true });
  resource(router, '/:sessionId', {
    get: [
      async (request, response) => {
        const claims = tokens.verify(bearer(request), request.params.sessionId as string);
        const session = await sessions.getOpen(claims.sid);
        const body: VisitBootstrap = {
          session: {
            sessionId: session.sessionId,
            roomName: roomName(session),
            sfuNodeId: session.placement.nodeId,
          },
          self: {
            userId: claims.sub,
            role: claims.role,
            displayName: claims.name,
            permissions: claims.permissions,
          },
          iceServers: iceServers(turn, session.sessionId, clock.now()),
          rtpCapabilities,
          opusDtx,
        };
        response.setHeader('Cache-Control', 'no-store');
        response.json(body);
      },
    ],
  });
  return router;
}

function bearer(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
}

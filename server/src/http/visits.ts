import type { Request } from 'express';
import type { JoinClaims, JoinTokens } from '../access/join-token.ts';
import { iceServers, type TurnConfig } from '../access/turn-credentials.ts';
import { iso, type Clock } from '../domain/clock.ts';
import { roomName } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { OperationHandlers } from './operation.ts';
import { feedbackReply } from './people.ts';

export interface VisitHandlersOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  readonly turn: TurnConfig | null;
  /** mediasoup `RtpCapabilities` of every router. */
  readonly rtpCapabilities: object;
  readonly opusDtx: boolean;
}

/** `/visits/{sessionId}`: what the join page asks for, with its join token as bearer (RFC 6750). */
export function visitHandlers(
  options: VisitHandlersOptions,
): OperationHandlers<'getVisit' | 'giveVisitFeedback'> {
  const { sessions, tokens, clock, turn, rtpCapabilities, opusDtx } = options;
  const claimsOf = (request: Request, sessionId: string): JoinClaims =>
    tokens.verify(bearer(request), sessionId);
  return {
    getVisit: async ({ params, request }) => {
      const claims = claimsOf(request, params.sessionId);
      const session = await sessions.admit(claims.sid, claims.sub);
      return {
        status: 200,
        body: {
          session: {
            sessionId: session.sessionId,
            roomName: roomName(session),
            sfuNodeId: session.placement.nodeId,
            title: session.title,
            scheduledAt: iso(session.scheduledAt),
            durationMinutes: session.durationMinutes,
            closesAt: iso(session.closesAt),
            options: session.options,
          },
          self: {
            userId: claims.sub,
            role: claims.role,
            displayName: claims.name,
            permissions: claims.permissions,
          },
          iceServers: [...iceServers(turn, session.sessionId, clock.now())],
          rtpCapabilities: { ...rtpCapabilities },
          opusDtx,
        },
      };
    },

    giveVisitFeedback: async ({ params, body: { rating, comment }, request }) => {
      const { sid, sub } = claimsOf(request, params.sessionId);
      const feedback = { rating, comment: comment ?? null };
      return feedbackReply(await sessions.giveFeedback(sid, sub, feedback, { userId: sub }), sub);
    },
  };
}

function bearer(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
}

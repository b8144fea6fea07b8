import type { Request } from 'express';
import type { JoinClaims, JoinTokens } from '../access/join-token.ts';
import { iceServers, type TurnConfig } from '../access/turn-credentials.ts';
import { iso, type Clock } from '../core/clock.ts';
import { roomName, seatOf, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { WebPushSettings } from '../notify/web-push.ts';
import { bearerOf, claimsOf } from './auth.ts';
import type { OperationHandlers } from './operation.ts';
import { returnUrlOf, type ReturnRules } from './views.ts';

export interface VisitHandlersOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
  readonly clock: Clock;
  readonly turn: TurnConfig | null;
  /** mediasoup `RtpCapabilities` of every router. */
  readonly rtpCapabilities: object;
  readonly opusDtx: boolean;
  readonly returnRules: ReturnRules;
  /** Null if the server sends no push messages. */
  readonly pushSettings: WebPushSettings | null;
  /** Called if the first request of a page is refused whose link was issued here; null if nothing is recorded. */
  readonly onRefused: ((person: Pick<JoinClaims, 'sid' | 'sub'>, error: unknown) => void) | null;
}

/** Handles `/visits/{sessionId}` for the join page, which authenticates with its join token (RFC 6750). */
export function visitHandlers(options: VisitHandlersOptions): OperationHandlers<'getVisit'> {
  const { sessions, tokens, clock, turn, rtpCapabilities, opusDtx, returnRules, pushSettings } = options;
  const admitted = async (request: Request, sessionId: string) => {
    try {
      const claims = claimsOf(tokens, request, sessionId);
      return { claims, session: await sessions.admit(claims.sid, claims) };
    } catch (error) {
      const { onRefused } = options;
      const person = onRefused && tokens.issuedTo(bearerOf(request));
      if (person) onRefused(person, error);
      throw error;
    }
  };
  return {
    getVisit: async ({ params, request }) => {
      const { claims, session } = await admitted(request, params.sessionId);
      const seat = seatOf(session, claims.sub);
      return {
        status: 200,
        body: {
          session: {
            sessionId: session.sessionId,
            roomName: roomName(session),
            sfuNodeId: session.placement.nodeId,
            provider: session.provider,
            title: session.title,
            description: session.description,
            scheduledAt: iso(session.scheduledAt),
            durationMinutes: session.durationMinutes,
            closesAt: iso(session.closesAt),
            options: {
              ...session.options,
              language: seat?.language ?? session.options.language,
            },
            people: peopleOf(session),
            hostNotes: claims.permissions.includes('moderate') ? session.hostNotes : null,
            returnUrl: returnUrlOf(session, returnRules),
            ...(pushSettings ? { pushKey: pushSettings.publicKey } : {}),
          },
          self: {
            userId: claims.sub,
            role: claims.role,
            displayName: seat?.displayName ?? null,
            permissions: claims.permissions,
          },
          iceServers: [
            ...iceServers(turn, { sessionId: session.sessionId, userId: claims.sub }, clock.now()),
          ],
          rtpCapabilities: { ...rtpCapabilities },
          opusDtx,
        },
      };
    },
  };
}

/** Returns the people who have not been removed. */
function peopleOf({ seats }: Session) {
  return seats
    .filter(({ removedAt }) => removedAt === null)
    .map(({ userId, role, displayName }) => ({ userId, role, displayName }));
}

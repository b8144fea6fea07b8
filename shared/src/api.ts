import { z } from 'zod';
import type { Permission, Role } from './permissions.ts';
import { identifier } from './session.ts';

/** `POST /sessions`. The same appointment with the same people answers the first session again. */
export const createSessionRequest = z
  .strictObject({ appointmentId: identifier, doctorId: identifier, patientId: identifier })
  .refine((request) => request.doctorId !== request.patientId, {
    path: ['patientId'],
    message: 'must differ from doctorId',
  });
export type CreateSessionRequest = z.infer<typeof createSessionRequest>;

/** `201` for a new session, `200` for one that was there. */
export const createSessionResponse = z.strictObject({
  sessionId: z.string(),
  roomName: z.string(),
  sfuNodeId: z.string(),
  baseUrl: z.string(),
});
export type CreateSessionResponse = z.infer<typeof createSessionResponse>;

/** `POST /sessions/{sessionId}/join`. Any role may be asked for; only the seat's own is given (else 403). */
export const joinSessionRequest = z.strictObject({ role: identifier, userId: identifier });
export type JoinSessionRequest = z.infer<typeof joinSessionRequest>;

export const joinSessionResponse = z.strictObject({
  joinUrl: z.string(),
  /** Seconds until the link's token expires. */
  expiresIn: z.number().int(),
});
export type JoinSessionResponse = z.infer<typeof joinSessionResponse>;

/** An error body, `application/problem+json` (RFC 9457). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  remedy: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/**
 * What the join page asks for first: `GET /api/v1/visits/{sessionId}` with `Authorization: Bearer <join token>`.
 * It holds all that the page can do ahead of the signaling connection.
 */
export interface VisitBootstrap {
  readonly session: { readonly sessionId: string; readonly roomName: string; readonly sfuNodeId: string };
  readonly self: {
    readonly userId: string;
    readonly role: Role;
    readonly displayName: string | null;
    readonly permissions: readonly Permission[];
  };
  /** For RTCPeerConnection; TURN entries carry time-limited credentials. */
  readonly iceServers: readonly { urls: string[]; username?: string; credential?: string }[];
  /** mediasoup `RtpCapabilities` of every router, fixed by the server's configuration. */
  readonly rtpCapabilities: object;
  /** Opus settings for the sender; mono and in-band FEC always. */
  readonly opusDtx: boolean;
}

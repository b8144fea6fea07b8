import type { NetworkLevel, Reaction, Source } from './signaling.ts';
import type { Role } from './permissions.ts';

/** What mediasoup-client needs for `createSendTransport` or `createRecvTransport`. */
export interface TransportParameters {
  readonly id: string;
  readonly iceParameters: object;
  readonly iceCandidates: readonly object[];
  readonly dtlsParameters: object;
}

/** What mediasoup-client needs for `consume`, and whose stream it is. */
export interface ConsumerParameters {
  readonly consumerId: string;
  readonly producerId: string;
  readonly kind: 'audio' | 'video';
  readonly rtpParameters: object;
  /** Whose stream it is; null for the silent one that warms the transport up. */
  readonly userId: string | null;
  readonly source: Source | null;
}

/** `none`: the person sends no such stream; `off`: muted. */
export type MediaState = 'on' | 'off' | 'none';

/** A person in the visit as the others see them. */
export interface ParticipantView {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  readonly media: Readonly<Record<Source, MediaState>>;
  /** False while the server waits for a dropped connection to come back. */
  readonly connected: boolean;
  /** Whether the page is in the background, as on a phone that shows something else. */
  readonly away: boolean;
  /** RFC 3339, UTC; null while the hand is down. */
  readonly handRaisedAt: string | null;
  /** What the person's own page measures; null before it has said so. */
  readonly network: NetworkLevel | null;
  /** RFC 3339, UTC. */
  readonly joinedAt: string;
}

/** A person in the waiting room, as hosts see them. */
export interface WaitingView {
  readonly userId: string;
  readonly role: Role;
  readonly displayName: string | null;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** False while the server waits for a dropped connection to come back. */
  readonly connected: boolean;
  readonly network: NetworkLevel | null;
}

/** What a waiting person is told. */
export interface WaitingState {
  /** RFC 3339, UTC. */
  readonly since: string;
  /** Whether a host is in the visit, and so sees that this person waits. */
  readonly hostPresent: boolean;
  /** Whether a host has to let this person in; otherwise the coming of a host does. */
  readonly needsAdmission: boolean;
}

/** A line of text from a host to a waiting person. */
export interface WaitingMessage {
  readonly text: string;
  readonly displayName: string | null;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** A line of text from the backend to everybody in the visit. */
export interface AnnouncementView {
  readonly text: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** A file of the chat; its bytes are at `/api/v1/visits/{sessionId}/files/{fileId}`. */
export interface ChatFile {
  readonly fileId: string;
  readonly name: string;
  /** Media type (RFC 6838) as the sender's browser named it. */
  readonly contentType: string;
  readonly bytes: number;
}

/** A chat message: a text, or a file; neither once its sender was erased. */
export interface ChatMessage {
  /** 1, 2, 3 … within the session, in the order in which everybody sees them; a number may be missing. */
  readonly seq: number;
  /** The sender's own id of the message: sending it again after a lost answer makes no second one. */
  readonly clientId: string;
  readonly userId: string;
  readonly displayName: string | null;
  readonly role: Role;
  readonly text: string | null;
  readonly file: ChatFile | null;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** What holds for the visit as a whole. */
export interface RoomView {
  /** While locked everybody but hosts has to be admitted, whatever the waiting room says. */
  readonly locked: boolean;
  /** Whether people who are no hosts may share their screen. */
  readonly screenShareAllowed: boolean;
  /** Who speaks, or spoke last. */
  readonly activeSpeaker: string | null;
}

/** A passing sign of feeling. */
export interface ReactionView {
  readonly userId: string;
  readonly reaction: Reaction;
}

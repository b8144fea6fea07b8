import type { FeatureContract } from '@televisit/shared/core/contract';
import type { FeatureName } from '@televisit/shared/features/index';
import type { OperationId } from '@televisit/shared/operations';
import type { Logger } from 'pino';
import type { JoinTokens } from '../access/join-token.ts';
import type { LinkSignatures } from '../access/link-signature.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Clock } from '../core/clock.ts';
import type {
  FeatureHooks,
  FeatureRecords,
  FeatureWebhooks,
  FeatureWebhookType,
  PersonalFields,
  ReportFields,
} from '../domain/feature.ts';
import type { Ids } from '../domain/ids.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { AnyFeatureOperations, FeatureOperations } from '../http/operation.ts';
import type { RecordingBackend } from '../recording/recording-backend.ts';
import type { RecordingObserver } from '../recording/recording-observer.ts';
import type { PartOf, RoomFeature } from '../room/room-part.ts';
import type { LiveSpeech } from '../speech/live-speech.ts';
import type { SpeechToText } from '../speech/speech-to-text.ts';
import type { Translator } from '../speech/translation.ts';
import type { OwnStores } from './stores.ts';

/** The services that features use. */
export interface FeatureServices {
  readonly sessions: Sessions;
  readonly stores: OwnStores;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long the place of a dropped connection is kept, in milliseconds. */
  readonly graceMs: number;
  readonly logger: Logger;
  readonly tokens: JoinTokens;
  readonly signatures: LinkSignatures;
  /** Returns the address of this server for people, without a slash at the end. */
  readonly clientBaseUrl: () => string;
  readonly rateLimits: RateLimits;
  readonly askRooms: AskRooms;
  /** Null if this server can't record. */
  readonly recording: RecordingBackend | null;
  /** Null if nothing reads metrics. */
  readonly recordingObserver: RecordingObserver | null;
  /** Null if this server does not transcribe recordings. */
  readonly speechToText: SpeechToText | null;
  /** Null if this server transcribes nothing while people speak. */
  readonly speech: LiveSpeech | null;
  /** Null if this server translates nothing. */
  readonly translator: Translator | null;
}

/**
 * Asks the feature's parts of a session's rooms, on whichever process they are. A session that migrates has two.
 * @returns their answers
 * @throws {TelevisitError} `session_not_found`, `session_closed`, `node_unreachable`
 */
export type AskRooms = (
  sessionId: string,
  feature: FeatureName,
  request: object,
) => Promise<readonly unknown[]>;

/** `T` if the contract declares one of the keys; nothing otherwise. */
type If<F, Keys extends string, T> = Extract<keyof F, Keys> extends never ? unknown : T;

type Declared<F, Key extends string> = F extends Readonly<Record<Key, infer D>> ? D : never;

/** The events of a feature that endpoints receive. */
type WebhookTypes<F> = Extract<keyof Declared<F, 'facts'>, FeatureWebhookType>;

/** The server side of a feature while the server runs: the compiler asks for what the contract declares. */
export type RunningFeature<F extends FeatureContract> = FeatureHooks & {
  readonly room?: RoomFeature;
  readonly http?: AnyFeatureOperations;
} & If<F, 'operations', { readonly http: FeatureOperations<OperationsOf<F>> }> &
  If<F, 'messages' | 'snapshot' | 'participant' | 'room', { readonly room: RoomFeature<PartOf<F>> }> &
  If<F, 'personalData', { personalData(...given: PersonalDataOf): Awaitable<PersonalDataFields<F>> }>;

/** The operations of a feature. */
type OperationsOf<F> = keyof Declared<F, 'operations'> & OperationId;

type PersonalDataOf = [session: Session, seat: number, now: number];
type PersonalDataFields<F> = Pick<PersonalFields, keyof Declared<F, 'personalData'> & keyof PersonalFields>;
type Awaitable<T> = T | Promise<T>;

/** The server side of a feature. The fields of a report come from stored sessions, or from the feature's own store. */
export type ServerFeature<F extends FeatureContract> = ServerSide<F> &
  (
    | If<F, 'report', { report(session: Session, now: number): ReportFieldsOf<F> }>
    | {
        start(services: FeatureServices): { storedReport(session: Session): Promise<ReportFieldsOf<F>> };
      }
  );

type ServerSide<F extends FeatureContract> = FeatureRecords &
  ([WebhookTypes<F>] extends [never]
    ? unknown
    : { readonly webhooks: Pick<FeatureWebhooks, WebhookTypes<F>> }) & {
    start(services: FeatureServices): RunningFeature<F>;
  };

type ReportFieldsOf<F> = Pick<ReportFields, keyof Declared<F, 'report'> & keyof ReportFields>;

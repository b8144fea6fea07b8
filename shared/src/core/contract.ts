import type { z } from 'zod';
import type { Permission } from '../vocabulary.ts';

/** Carries a type through a declaration; there is nothing at run time. */
export interface TypeOf<T> {
  readonly type?: T;
}
export type Typed<D> = D extends TypeOf<infer T> ? T : never;

/** Declares a type inside a contract. */
export function typed<T>(): TypeOf<T> {
  return {};
}

/** The ack data of messages that return nothing. */
export const nothing = typed<null>();

/** The meaning of an error code over HTTP, with a remedy. */
export interface ErrorInfo {
  /** HTTP status (RFC 9110); signaling acks carry the code alone. */
  readonly status: number;
  /** A short summary that never changes for a code (RFC 9457 `title`). */
  readonly title: string;
  /** One sentence that says what to do next. */
  readonly remedy: string;
}

/** When a message may be sent: always, after "prepare", or after "join". */
export type MessagePhase = 'connected' | 'prepared' | 'joined';

/**
 * How a message counts against the limits of its connection: every message counts as `normal`; a `broadcast` one reaches
 * many participants or writes to the database, and has a lower limit on top.
 */
export type RateClass = 'normal' | 'broadcast';

/** A message from client to server. */
export interface MessageContract {
  readonly payload: z.ZodType;
  /** Data of the ack if the message succeeds. */
  readonly ack: TypeOf<unknown>;
  readonly phase: MessagePhase;
  /** The permission of the join token that the message needs, if any. */
  readonly permission: Permission | null;
  readonly rate: RateClass;
  /** One sentence for the table in docs/PROTOCOL.md. */
  readonly summary: string;
}

/** An event from server to client; `typed<undefined>()` if it has no payload. */
export interface EventContract {
  readonly payload: TypeOf<unknown>;
  /** One sentence for the table in docs/PROTOCOL.md. */
  readonly summary: string;
}

/** The credentials of a caller: the internal secret, a join token as bearer (RFC 6750), a signed link, a signed body (Standard Webhooks), or none. */
export type Access = 'internal' | 'join_token' | 'signed_link' | 'webhook_signature' | 'none';

/** One successful answer. Bodies other than JSON name their media type. */
export interface AnswerContract {
  readonly description: string;
  readonly schema: z.ZodType;
  /** Other media types of the same answer, on request. */
  readonly alternatives?: readonly string[];
  /** Headers of this answer: `Link` to the next page (RFC 8288). */
  readonly headers?: readonly 'Link'[];
}

/** An HTTP operation: its input, its answers and its errors. openapi.json is generated from these. */
export interface OperationContract<Code extends string = string> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** A template of RFC 6570; the same paths work under /api/v1. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** JSON, unless its `mediaType` says otherwise. */
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, AnswerContract>>;
  /** Beyond those that every operation of its access has. */
  readonly errors: readonly Code[];
  /**
   * Whether a client may repeat the request if it received no answer, because two requests have the effect of one. By
   * default, this holds for the idempotent methods: GET, PUT and DELETE (RFC 9110, 9.2.2).
   */
  readonly repeatable?: boolean;
  /** The shortest time limit that a client may set, in milliseconds, if the server waits for another system. */
  readonly minTimeoutMs?: number;
}

/**
 * Something that happened to a session. An `event` changes the session and stands in its history and audit log; a `note`
 * stands in the audit log only. Names, tokens and messages of people are never part of it.
 */
export interface FactContract {
  readonly kind: 'event' | 'note';
  /** Fields beside type, time and actor, as the store keeps them. `seat` is the index of the person's seat. */
  readonly data: TypeOf<object>;
  /** The fields of `data` that the audit log shows. */
  readonly details: readonly string[];
  /** Whether people can cause it again and again, so that a long history records no more of it. */
  readonly repeatable?: true;
  /** Data as above, from which tests of records make an entry if they know no way to cause the fact. */
  readonly example?: object;
  /** The webhook event of the same type, if endpoints receive it. */
  readonly webhook?: {
    readonly description: string;
    readonly data: Readonly<Record<string, z.ZodType>>;
    /** An example of `data` for openapi.json. */
    readonly example: Readonly<Record<string, unknown>>;
  };
}

/**
 * Everything that the API, the signaling protocol and the records contain because of one feature. Types, dispatch, acks,
 * rate limits, error codes, OpenAPI, webhook types and the tables of docs/PROTOCOL.md are derived from the list in
 * `features/index.ts`.
 */
export interface FeatureContract {
  readonly name: string;
  readonly messages?: Readonly<Record<string, MessageContract>>;
  readonly events?: Readonly<Record<string, EventContract>>;
  /** Fields of the answer to "join" and "resume". */
  readonly snapshot?: TypeOf<object>;
  /** Fields of each participant as the others see them. */
  readonly participant?: TypeOf<object>;
  /** Fields of the room state that every participant receives. */
  readonly room?: TypeOf<object>;
  /** Fields of a session's options, with the values that hold if a backend sets none. */
  readonly options?: Readonly<Record<string, { readonly schema: z.ZodType; readonly default: unknown }>>;
  readonly operations?: Readonly<Record<string, OperationContract>>;
  /** Fields of the session report. */
  readonly report?: Readonly<Record<string, z.ZodType>>;
  /** Fields of each session in a person's data export. */
  readonly personalData?: Readonly<Record<string, z.ZodType>>;
  readonly facts?: Readonly<Record<string, FactContract>>;
  readonly errors?: Readonly<Record<string, ErrorInfo>>;
}

/** Checks a feature's declaration and keeps its literal types. */
export function feature<const F extends FeatureContract>(contract: F): F {
  return contract;
}

type Member<F, Part extends string> = F extends Readonly<Record<Part, infer Value>> ? Value : never;
type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** The declarations of one kind of all features, by name: `Merged<Feature, 'messages'>`. */
export type Merged<F, Part extends keyof FeatureContract> = Flat<Intersection<Member<F, Part>>>;
/** The fields that all features add to a shape that is declared as a type: `Fields<Feature, 'snapshot'>`. */
export type Fields<F, Part extends 'snapshot' | 'participant' | 'room'> = Flat<
  Intersection<Typed<Member<F, Part>>>
>;

/** Collects the declarations of one kind of all features. @throws {Error} if two features declare the same name */
export function merge<F extends FeatureContract, Part extends keyof FeatureContract>(
  features: readonly F[],
  part: Part,
): Merged<F, Part> {
  const merged: Record<string, unknown> = {};
  for (const contract of features) {
    for (const [name, value] of Object.entries((contract[part] ?? {}) as object)) {
      if (name in merged) throw new Error(`Two features declare "${name}" (${part}).`);
      merged[name] = value;
    }
  }
  return merged as Merged<F, Part>;
}

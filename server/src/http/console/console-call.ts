import type { CONSOLE_OPERATIONS, ConsoleOperationId } from '@televisit/shared/console-operations';
import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import type { Request } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ConsoleLogins } from '../../console/console-logins.ts';
import type { LoginLinks } from '../../console/login-links.ts';
import type { OidcLogin } from '../../console/oidc-login.ts';
import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../domain/session-store.ts';
import type { Session } from '../../domain/session.ts';
import type { Sessions } from '../../domain/sessions.ts';
import type { NodeHandlersOptions } from '../nodes.ts';
import type { ReportHandlersOptions } from '../reports.ts';
import type { WebhookDeliveryHandlersOptions } from '../webhook-deliveries.ts';
import type { ConsoleCaller } from './console-auth.ts';
import type { ConsoleViews } from './console-views.ts';

/** What the handlers of the console need. */
export interface ConsoleHandlersOptions
  extends NodeHandlersOptions, WebhookDeliveryHandlersOptions, Pick<ReportHandlersOptions, 'features'> {
  readonly sessions: Sessions;
  readonly store: Pick<
    Store,
    'get' | 'list' | 'history' | 'countOpenByNode' | 'mail' | 'notifications' | 'observations'
  >;
  /** Returns the recordings of a session, the oldest first. */
  readonly recordingsOf: (session: Session) => Promise<readonly RecordingRecord[]>;
  readonly logins: ConsoleLogins;
  readonly loginLinks: LoginLinks;
  /** Uses a one-time link up. @returns false if it was used before */
  readonly useLink: (linkId: string, expiresAt: number, now: number) => Promise<boolean>;
  readonly oidc: OidcLogin | null;
  readonly views: ConsoleViews;
  readonly secure: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Contract<K extends ConsoleOperationId> = (typeof CONSOLE_OPERATIONS)[K];
type Parsed<K extends ConsoleOperationId, Part extends string> =
  Contract<K> extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined;

/** A request whose parts match the contract. The caller is known unless the operation is for everyone. */
export interface ConsoleCall<K extends ConsoleOperationId> extends ConsoleCaller {
  readonly params: Parsed<K, 'params'>;
  readonly query: Parsed<K, 'query'>;
  readonly body: Parsed<K, 'body'>;
  readonly request: Request;
}

export interface ConsoleReply<K extends ConsoleOperationId> {
  readonly status: 200;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: z.input<Contract<K>['answer']>;
}

export type ConsoleHandlers<K extends ConsoleOperationId = ConsoleOperationId> = {
  readonly [Id in K]: (call: ConsoleCall<Id>) => Promise<ConsoleReply<Id>>;
};

/** Records in the audit log of a session that an operator read a part of it, before it is sent. */
export type RecordRead = (
  call: Pick<ConsoleCaller, 'login' | 'by'>,
  sessionId: string,
  entry: { type: 'console.read'; part: string } | { type: 'console.found'; seat: number },
) => Promise<void>;

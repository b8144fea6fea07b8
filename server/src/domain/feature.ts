import type { Merged } from '@televisit/shared/core/contract';
import type { Facts, Feature } from '@televisit/shared/features/index';
import type { SessionReport, UserData } from '@televisit/shared/reports';
import type { WebhookEventOf } from '@televisit/shared/webhooks';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import type { Changed } from './session-changes.ts';

/** The interface of features for the core, beside their share of rooms and of the HTTP API. */

/** The fields of all features in a report. */
export type ReportFields = Pick<SessionReport, keyof Merged<Feature, 'report'>>;
/** The fields of all features in a session of a data export. */
export type PersonalFields = Pick<UserData['sessions'][number], keyof Merged<Feature, 'personalData'>>;

/** The events of features that endpoints receive. */
export type FeatureWebhookType = {
  [T in keyof Facts]: Facts[T] extends { readonly webhook: object } ? T : never;
}[keyof Facts];
/** Returns the data of each such event, as endpoints receive it. */
export type FeatureWebhooks = {
  readonly [T in FeatureWebhookType]: (
    session: Session,
    event: Extract<SessionEvent, { readonly type: T }>,
  ) => WebhookEventOf<T>['data'];
};

/** The records that a feature derives from stored sessions. Pure. */
export interface FeatureRecords {
  /** Returns the feature's fields of a report. */
  report?(session: Session, now: number): Partial<ReportFields>;
  /** The data of the feature's webhook events. */
  readonly webhooks?: Partial<FeatureWebhooks>;
}

/** The work of a feature on sessions outside of rooms. All members are optional. */
export interface FeatureHooks {
  /** Returns the feature's fields of a report that are in its own store. */
  storedReport?(session: Session): Promise<Partial<ReportFields>>;
  /** Returns the feature's fields of a person's data export. */
  personalData?(
    session: Session,
    seat: number,
    now: number,
  ): Partial<PersonalFields> | Promise<Partial<PersonalFields>>;
  /** A session was changed by this process. */
  onSessionChanged?(changed: Changed): void;
  /** Does what a process that ended could not do. Called every minute. */
  settle?(): Promise<void>;
  /** Waits for work in progress. */
  close?(): Promise<void>;
}

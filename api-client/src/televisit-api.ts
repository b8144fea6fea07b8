import type { SessionView } from '@televisit/shared/api';
import type { WebhookDeliveryView } from '@televisit/shared/webhook-endpoints';
import { clientClass, type CallOptions, type Route } from './api-calls.ts';
import { ROUTES, type FiltersOf, type OperationMethods, type OptionsOf } from './operations.ts';

export type CreateOptions = OptionsOf<'createSession'>;
export type LinkOptions = OptionsOf<'getCalendarFile'>;

export type SessionPageFilter = FiltersOf<'listSessions'>;
/** Restricts a list of sessions. Fields that are not set match every session. */
export type SessionFilter = Omit<SessionPageFilter, 'cursor'>;

export type DeliveryPageFilter = FiltersOf<'listWebhookDeliveries'>;
/** Restricts a list of deliveries. Fields that are not set match every delivery. */
export type DeliveryFilter = Omit<DeliveryPageFilter, 'cursor'>;

/** A range of at most 366 days. The default is the last 30 days in UTC. */
export type AnalyticsRange = FiltersOf<'getAnalytics'>;

/**
 * Client of the session API of a Televisit server. For backends only, because it holds the internal secret. Calls that
 * are safe to repeat are retried after network errors, 429 and 502 to 504.
 * @throws {TelevisitApiError} from every method
 */
export class TelevisitApi extends clientClass<OperationMethods>(ROUTES) {
  /** Iterates over all sessions, newest first unless the filter has another order. Fetches pages on demand. */
  async *allSessions(
    filter: SessionFilter = {},
    options: CallOptions = {},
  ): AsyncGenerator<SessionView, void, void> {
    for await (const { sessions } of pages((cursor) => this.listSessions({ ...filter, cursor }, options)))
      yield* sessions;
  }

  /** Iterates over all deliveries, newest event first. Fetches pages on demand. */
  async *allWebhookDeliveries(
    filter: DeliveryFilter = {},
    options: CallOptions = {},
  ): AsyncGenerator<WebhookDeliveryView, void, void> {
    const page = (cursor: string | null) => this.listWebhookDeliveries({ ...filter, cursor }, options);
    for await (const { deliveries } of pages(page)) yield* deliveries;
  }

  /** Returns a page of sessions as CSV (RFC 4180), one line per session; 50 unless `limit` says otherwise, 200 at most. */
  async listSessionsCsv(filters: SessionPageFilter = {}, options: CallOptions = {}): Promise<string> {
    const { query, ...rest } = ROUTES.listSessions;
    const route: Route = { ...rest, accept: 'text/csv', query: { ...query, format: 'value' } };
    return (await this.call(route, [{ ...filters, format: 'csv' }, options])) as string;
  }

  /** Returns the report as CSV (RFC 4180), one line per participant. */
  async getReportCsv(sessionId: string, options: CallOptions = {}): Promise<string> {
    const route: Route = { ...ROUTES.getReport, accept: 'text/csv', query: { format: 'value' } };
    return (await this.call(route, [sessionId, { ...options, format: 'csv' }])) as string;
  }
}

async function* pages<Page extends { readonly nextCursor: string | null }>(
  fetchPage: (cursor: string | null) => Promise<Page>,
): AsyncGenerator<Page, void, void> {
  let cursor: string | null = null;
  do {
    const page: Page = await fetchPage(cursor);
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

import type { Store } from '../domain/session-store.ts';
import { MeetingInbox } from '../providers/meeting-inbox.ts';
import type { MeetingProvider } from '../providers/meeting-provider.ts';
import { Meetings } from '../providers/meetings-service.ts';
import { Providers } from '../providers/providers.ts';
import { Provisioner } from '../providers/provisioner.ts';
import { sfuProvider } from '../providers/sfu.ts';
import type { Cluster } from './cluster.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';

/** What carries visits, and what brings people there. */
export interface MeetingParts {
  readonly providers: Providers;
  readonly provisioner: Provisioner;
  readonly meetings: Meetings;
  readonly meetingInbox: MeetingInbox;
}

/** Builds the configured meeting providers. Nothing is called yet. */
export function buildProviders(
  { config, clock, ids, logger, meetingProviders, resources }: Environment,
  store: Store,
  { placement }: Cluster,
  { sessions }: Domain,
): MeetingParts {
  const plan = { share: config.providers.share, timeZone: config.mailTimeZone };
  const adapters: readonly MeetingProvider[] = [sfuProvider(placement), ...meetingProviders];
  const providers = new Providers({ adapters, order: config.providers.order, clock });
  const parts = { store, sessions, providers, clock, logger };
  const meetingInbox = new MeetingInbox(parts);
  resources.defer(() => meetingInbox.stop());
  const onEvents = () => meetingInbox.wake();
  const provisioner = new Provisioner({ ...parts, plan, calendar: null, owner: ids.unique(), onEvents });
  resources.defer(() => provisioner.stop());
  const meetings = new Meetings({ sessions, providers, provisioner, plan });
  return { providers, provisioner, meetings, meetingInbox };
}

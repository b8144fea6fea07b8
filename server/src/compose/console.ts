import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import { ConsoleFeed } from '../console/console-feed.ts';
import { ConsoleLogins } from '../console/console-logins.ts';
import { JoinFailures } from '../console/join-failures.ts';
import { LoginLinks } from '../console/login-links.ts';
import { OidcLogin } from '../console/oidc-login.ts';
import { QualityRecorder } from '../console/quality-recorder.ts';
import type { Store } from '../domain/session-store.ts';
import type { ConsoleParts } from '../http/app.ts';
import { ConsoleViews } from '../http/console/console-views.ts';
import type { Cluster } from './cluster.ts';
import type { Domain } from './domain.ts';
import type { Environment } from './environment.ts';

/** The operator console of this process. */
export interface OperatorConsole extends ConsoleParts {
  readonly joinFailures: JoinFailures;
}

/** Builds the operator console and what it observes of visits; null if it is off. */
export function buildConsole(
  environment: Environment,
  store: Store,
  { registry }: Cluster,
  { access, features, rooms }: Domain,
): OperatorConsole | null {
  const { config, clock, ids, logger, resources } = environment;
  if (!config.console) return null;
  const { idleMinutes, oidc, showNames } = config.console;
  const logins = new ConsoleLogins({ store: store.consoleLogins, clock, idleMs: idleMinutes * 60_000 });
  const nodes = () =>
    JSON.stringify(
      registry.nodes().map(({ nodeId, processId, alive, drainUntil, load: { participants, full } }) => {
        return { nodeId, processId, alive, drainUntil, participants, full };
      }),
    );
  const feed = new ConsoleFeed({ store, nodes, logins, clock, logger });
  const recorder = new QualityRecorder({
    store: store.observations,
    measure: () => rooms.quality(),
    clock,
    logger,
  });
  resources.defer(() => recorder.stop());
  return {
    logins,
    loginLinks: new LoginLinks(access.signatures),
    useLink: (linkId, expiresAt, now) => store.consoleLogins.useLink(linkId, expiresAt, now),
    oidc: oidc && new OidcLogin(oidc),
    views: new ConsoleViews(access.signatures, showNames),
    store,
    recordingsOf: async (session): Promise<readonly RecordingRecord[]> =>
      (await features.get('recording')?.storedReport?.(session))?.recordings ?? [],
    feed,
    joinFailures: new JoinFailures({ store, clock, ids, logger }),
  };
}

import { TelevisitError } from '@televisit/shared/errors';
import { RecentReads } from '../../core/recent-reads.ts';
import { nodeOperations } from '../nodes.ts';
import { deliveryOperations, deliveryView } from '../webhook-deliveries.ts';
import { clearLogin, cookieOf, loginCookie, setLogin } from './console-auth.ts';
import type { ConsoleHandlers, ConsoleHandlersOptions, RecordRead } from './console-call.ts';
import { sessionListHandlers } from './console-list-handlers.ts';
import { sessionDetailHandlers } from './console-session-handlers.ts';

/** Within this time, the same part of a session read again is one entry of the audit log, in milliseconds. */
const ONE_READ_MS = 5 * 60_000;

/** Handles the operations of the console. */
export function consoleHandlers(options: ConsoleHandlersOptions): ConsoleHandlers {
  const { sessions, clock } = options;
  const reads = new RecentReads(clock, ONE_READ_MS);
  const recordRead: RecordRead = async ({ login, by }, sessionId, entry) => {
    if (!reads.isNew(`${login.loginId} ${sessionId} ${JSON.stringify(entry)}`)) return;
    await sessions.note(sessionId, { ...entry, by });
  };
  return {
    ...loginHandlers(options),
    ...nodeHandlers(options),
    ...sessionListHandlers(options, recordRead),
    ...sessionDetailHandlers(options, recordRead),
    ...replayHandlers(options),
  };
}

function loginHandlers({
  logins,
  loginLinks,
  useLink,
  oidc,
  views,
  secure,
  clock,
  logger,
}: ConsoleHandlersOptions): ConsoleHandlers<'getLogin' | 'loginByLink' | 'getConsoleSession' | 'logout'> {
  return {
    getLogin: () =>
      Promise.resolve({
        status: 200,
        body: { methods: oidc ? ['oidc', 'link'] : ['link'], provider: oidc?.host ?? null },
      }),

    loginByLink: async ({ body, request }) => {
      const now = clock.now();
      const link = loginLinks.check(body.code, now);
      if (!link || !(await useLink(link.linkId, link.expiresAt, now))) {
        logger.warn('refused a login link of the console');
        throw new TelevisitError('console_link');
      }
      const operator = {
        subject: `link:${link.linkId.slice(0, 8)}`,
        label: 'Login link',
        role: 'admin',
        method: 'link',
      } as const;
      const { id, login } = await logins.open(operator, cookieOf(request, loginCookie(secure)));
      logger.info({ operator: login.subject, role: login.role }, 'operator logged in');
      return {
        status: 200,
        headers: { 'Set-Cookie': setLogin(secure, id) },
        body: views.login(id, login, logins.idleMs),
      };
    },

    getConsoleSession: ({ id, login }) =>
      Promise.resolve({ status: 200, body: views.login(id, login, logins.idleMs) }),

    logout: async ({ login }) => {
      await logins.close(login.loginId);
      logger.info({ operator: login.subject }, 'operator logged out');
      return { status: 200, headers: { 'Set-Cookie': clearLogin(secure) }, body: { loggedOut: true } };
    },
  };
}

function nodeHandlers(
  options: ConsoleHandlersOptions,
): ConsoleHandlers<'listConsoleNodes' | 'drainConsoleNode' | 'undrainConsoleNode'> {
  const { store, logger } = options;
  const nodes = nodeOperations(options);
  const counted = async <N extends { readonly nodeId: string }>(views: readonly N[]) => {
    const open = await store.countOpenByNode();
    return views.map((view) => ({ ...view, openSessions: open.get(view.nodeId) ?? 0 }));
  };
  return {
    listConsoleNodes: async () => ({ status: 200, body: { nodes: await counted(await nodes.list()) } }),

    drainConsoleNode: async ({ params: { nodeId }, body: { deadlineSeconds }, login }) => {
      const view = await nodes.drain(nodeId, deadlineSeconds);
      logger.info({ operator: login.subject, nodeId, deadlineSeconds }, 'operator drains a node');
      return { status: 200, body: { ...view, openSessions: null } };
    },

    undrainConsoleNode: async ({ params: { nodeId }, login }) => {
      const view = await nodes.undrain(nodeId);
      logger.info({ operator: login.subject, nodeId }, 'operator ends the drain of a node');
      return { status: 200, body: { ...view, openSessions: null } };
    },
  };
}

function replayHandlers(options: ConsoleHandlersOptions): ConsoleHandlers<'replayConsoleDelivery'> {
  const deliveries = deliveryOperations(options);
  const { sessions, logger } = options;
  return {
    replayConsoleDelivery: async ({ params: { deliveryId }, by, login }) => {
      const { sessionId, event } = await deliveries.find(deliveryId);
      await sessions.note(sessionId, { type: 'console.replayed', event: event.type, by });
      const replayed = await deliveries.replay(deliveryId);
      logger.info({ operator: login.subject, deliveryId }, 'operator replays a webhook delivery');
      return { status: 200, body: deliveryView(replayed) };
    },
  };
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ATTACKS, type AttackName } from '../support/abuse/attacks.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import type { ServerProcess } from '../support/infra/server-process.ts';
import { startServer } from '../support/infra/start-server.ts';

/** Of what the bench `abuse` sends, which also measures frame rates and memory. */
const SHARE = 0.02;
/** They wait for time-outs of 10 s; the tests of limits and of the socket guard shorten those. Packets need a port of media. */
const OMITTED: readonly AttackName[] = [
  'idle before the handshake',
  'slow requests',
  'slow Upgrades',
  'packets of strangers',
];
const NAMES = (Object.keys(ATTACKS) as AttackName[]).filter((name) => !OMITTED.includes(name));

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer({ process: 'server', env: { LOG_LEVEL: 'error' }, closedBy: 'caller' });
});
afterAll(() => server.close());

it.each(NAMES)('an attack with %s gets nothing in, and others join afterwards', async (name) => {
  const media = { address: '127.0.0.1', port: 0 };
  const { count, gotIn } = await ATTACKS[name]({ url: server.url, media }, SHARE);
  expect(count).toBeGreaterThan(0);
  expect(gotIn).toEqual([]);
  const { sessionId } = await server.backend.createVisit();
  await ProtocolClient.join(server.backend, sessionId, 'patient');
  expect(server.output).toBe('');
});

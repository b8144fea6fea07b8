import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const ADA = { displayName: 'Ada Lovelace', email: 'ada@mail.example' };

/** Starts a server whose log and spans are scanned, as in tests with browsers, and lets a person enter a visit. */
async function scanned(env: Record<string, string> = {}): Promise<{ server: TestServer; token: string }> {
  const server = await startServer({ scansLog: true, closedBy: 'caller', env });
  const { sessionId } = await server.createVisit(undefined, {
    seats: [
      { userId: 'doctor', role: 'doctor' },
      { userId: 'patient', role: 'patient', ...ADA },
    ],
  });
  const joinUrl = await server.joinUrl(sessionId, 'patient');
  const client = await ProtocolClient.connect(server, joinUrl);
  await client.enter();
  client.socket.disconnect();
  return { server, token: joinUrl };
}

describe('the scan of the log of a server under test', () => {
  it('close succeeds when the log has nothing private', async () => {
    const { server } = await scanned();
    await server.close();
  });

  it.each([
    ['a name', () => ADA.displayName],
    ['an e-mail address', () => 'somebody.else@mail.example'],
    ['a phone number', () => '+4915155512345'],
    ['a join link', (token: string) => token],
    ['a secret in an address', (token: string) => encodeURIComponent(token)],
  ])('close fails when %s is logged', async (_, leak) => {
    const { server, token } = await scanned();
    server.logger.info({ detail: leak(token) }, 'planted');
    await expect(server.close()).rejects.toThrow(
      'The log of the server has what it must not have, in 1 lines',
    );
  });

  it('close fails when its spans have an e-mail address', async () => {
    const { server } = await scanned({ OTEL_SERVICE_NAME: 'somebody.else@mail.example' });
    await expect(server.close()).rejects.toThrow('must not have');
  });

  it('close fails when a process of its own wrote a token', async () => {
    const server = await startServer({
      process: 'server',
      scansLog: true,
      closedBy: 'caller',
      env: {
        WORKERS: '1',
        NODE_OPTIONS: `--import=data:text/javascript,console.error('eyJhbGciOiJIUzI1NiJ9.planted')`,
      },
    });
    await expect(server.close()).rejects.toThrow('must not have');
  });
});

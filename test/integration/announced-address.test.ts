import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { ServerProcess } from '../support/infra/server-process.ts';

/** Returns the different addresses of the ICE candidates that a client gets. */
async function addresses(env: Record<string, string>): Promise<string[]> {
  const server = await startServer({ env });
  const { sessionId } = await server.createVisit();
  const client = await ProtocolClient.open(server, sessionId, 'patient');
  const { sendTransport, receiveTransport } = await client.prepare();
  const candidates = [...sendTransport.iceCandidates, ...receiveTransport.iceCandidates];
  return [...new Set((candidates as { address: string }[]).map(({ address }) => address))];
}

describe('ANNOUNCED_ADDRESS', () => {
  it('a client gets IP addresses, not the name that is announced', async () => {
    const env = { LISTEN_IP: '127.0.0.1', ANNOUNCED_ADDRESS: 'localhost,192.0.2.7' };
    expect(await addresses(env)).toEqual(['127.0.0.1', '192.0.2.7']);
  });

  it('a server does not start with a name that cannot be resolved, and says what to do', async () => {
    const server = new ServerProcess({
      env: { LISTEN_IP: '127.0.0.1', ANNOUNCED_ADDRESS: 'media.invalid' },
    });
    expect(await server.ended).toMatchObject({ code: 1 });
    await expect(server.listening()).rejects.toThrow(
      /ANNOUNCED_ADDRESS media\.invalid can’t be resolved .* Use an IP address/,
    );
    await server.close();
  });
});

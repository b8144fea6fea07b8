import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';

const HOUR = 3_600_000;

afterEach(() => void vi.useRealTimers());

it.each([
  ['a day forward', 24 * HOUR],
  ['an hour back', -HOUR],
])(
  'when the clock of the machine is set %s, a live visit goes on and participants can return',
  async (_, step) => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const link = await server.joinUrl(sessionId, 'patient');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + step });

    const patient = await ProtocolClient.connect(server, link);
    onTestFinished(() => void patient.socket.disconnect());
    await patient.enter();
    await patient.request('chat:send', { clientId: 'c1', text: 'Hello' });
    await expect.poll(() => doctor.received('chat:message').length).toBe(1);
    const fresh = await server.joinUrl(sessionId, 'patient');
    await expect(ProtocolClient.connect(server, fresh)).resolves.toBeDefined();

    const { status } = await server.api.endSession(sessionId, {});
    expect(status).toBe('ended');
    const { durationSeconds, participants } = await server.api.getReport(sessionId);
    expect(durationSeconds).toBeLessThan(600);
    for (const { minutes } of participants) expect(minutes).toBeLessThan(10);
  },
);

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDemoVisit, demoText } from './demo.mjs';

async function backend(status = 201) {
  const calls: { path: string | undefined; secret: unknown; body: Record<string, string> }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const parsed = JSON.parse(body) as Record<string, string>;
      calls.push({ path: request.url, secret: request.headers['x-internal-secret'], body: parsed });
      response.writeHead(request.url === '/sessions' ? status : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ sessionId: 'sess_1', joinUrl: `link of ${parsed.userId ?? ''}` }));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

describe('createDemoVisit', () => {
  it('createDemoVisit requests a session and both links as a backend does', async () => {
    const { url, calls } = await backend();
    const links = await createDemoVisit(url, 'secret');
    expect(links).toEqual({ doctor: 'link of demo-doctor', patient: 'link of demo-patient' });
    expect(calls[0]).toMatchObject({
      path: '/sessions',
      secret: 'secret',
      body: { doctorId: 'demo-doctor', patientId: 'demo-patient' },
    });
    expect(calls[0]?.body.appointmentId).toMatch(/^demo-\d+$/);
    expect(calls.slice(1).map(({ path }) => path)).toEqual([
      '/sessions/sess_1/join',
      '/sessions/sess_1/join',
    ]);
  });

  it('createDemoVisit throws the server’s response if it refuses', async () => {
    const { url } = await backend(401);
    await expect(createDemoVisit(url, 'wrong')).rejects.toThrow('POST /sessions answered 401');
  });
});

describe('demoText', () => {
  it('demoText shows each link on its own line', () => {
    const lines = demoText({ doctor: 'http://a', patient: 'http://b' }).split('\n');
    expect(lines).toContain('  Doctor   http://a');
    expect(lines).toContain('  Patient  http://b');
  });
});

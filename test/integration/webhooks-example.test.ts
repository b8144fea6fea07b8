import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newSecret, signedHeaders } from '@televisit/server/webhooks/signature';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { startServer } from '../support/infra/start-server.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/INTEGRATION.md', import.meta.url));

/** Returns the webhook receiver of docs/INTEGRATION.md, as a reader copies it. */
function webhookExample(): string {
  const [, code] = /```js\n(\/\/ receiver\.mjs.*?)```/s.exec(readFileSync(PAGE, 'utf8')) ?? [];
  if (code === undefined) throw new Error(`${PAGE} has no receiver`);
  return code;
}

describe('the webhook receiver of docs/INTEGRATION.md', () => {
  it('the receiver is about twenty lines long', () => {
    const lines = webhookExample().trim().split('\n');
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20);
  });

  it('the receiver prints each event of a server once, and accepts nothing from others', async () => {
    const secret = newSecret();
    const { url, lines } = await receiver(secret);
    const { host } = new URL(url);
    const server = await startServer({
      env: { WEBHOOK_URL: url, WEBHOOK_SECRET: secret, WEBHOOK_ALLOW_HOSTS: host },
    });
    const { api } = server;
    const { sessionId } = await server.createVisit('one');
    await api.cancelSession(sessionId);
    const told = [
      expect.stringMatching(
        new RegExp(`^session.created ${sessionId} {"scheduledAt":".+","durationMinutes":30}$`),
      ),
      expect.stringMatching(
        new RegExp(`^session.cancelled ${sessionId} {"cancelledAt":".+","waited":\\[\\]}$`),
      ),
    ];
    await expect.poll(lines).toEqual(told);

    // The same event again: accepted and not printed again.
    const delivered = async () => (await api.listWebhookDeliveries({ state: 'delivered' })).deliveries;
    await expect.poll(delivered).toHaveLength(2);
    const { deliveryId } = (await delivered())[0]!;
    await api.replayWebhookDelivery(deliveryId);
    await expect
      .poll(async () => (await api.getWebhookDelivery(deliveryId)).attempts)
      .toMatchObject([{ status: 204 }, { status: 204 }]);

    const body = JSON.stringify({ id: 'evt_1', type: 'meeting.ended', sessionId, data: {} });
    const statusOf = async (headers: Record<string, string>) =>
      (await fetch(url, { method: 'POST', headers, body })).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf(signedHeaders([newSecret()], 'evt_1', Date.now(), body))).toBe(401);
    expect(await statusOf(signedHeaders([secret], 'evt_1', Date.now() - 600_000, body))).toBe(401);
    expect(await statusOf(signedHeaders([secret], 'evt_2', Date.now(), body))).toBe(204);
    await expect.poll(lines).toHaveLength(3);
    expect(lines()[2]).toBe(`meeting.ended ${sessionId} {}`);
  });
});

/** Runs it as a reader does. */
async function receiver(secret: string) {
  const folder = temporaryFolder();
  symlinkSync(MODULES, join(folder, 'node_modules'));
  const port = await freePort();
  writeFileSync(join(folder, 'receiver.mjs'), webhookExample());
  const child = spawn(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const url = `http://localhost:${port}/`;
  await expect
    .poll(() =>
      fetch(url).then(
        ({ status }) => status,
        () => null,
      ),
    )
    .toBe(401);
  return { url, lines: () => output.split('\n').filter((line) => line !== '') };
}

/** Returns a port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { freePort } from '../support/infra/free-port.ts';
import { environmentOf, helmAvailable, manifestsOf, rendered, type Manifest } from '../support/infra/helm.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { RedisServer, redisAvailable } from '../support/infra/redis-server.ts';
import { ServerProcess } from '../support/infra/server-process.ts';
import { INTERNAL_SECRET, TOKEN_SECRET } from '../support/infra/settings.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

const isPossible =
  helmAvailable('the pods of the Helm chart') && redisAvailable('them') && MongoServer.available();

/** Starts a server with the environment of a pod, but with ports and a folder of its own. */
async function startPod(manifests: readonly Manifest[], workload: string, name: string, secrets: object) {
  const manifest = manifests.find(
    ({ kind, metadata }) => /^(StatefulSet|Deployment)$/.test(kind) && metadata.name === workload,
  );
  const [container] = manifest!.spec.template.spec.containers;
  const env = environmentOf(container, manifests, {
    fields: {
      'metadata.name': name,
      'status.podIP': '127.0.0.1',
      'status.hostIP': '127.0.0.1',
      'spec.nodeName': 'node-a',
    },
    secrets: { televisit: { ...secrets } },
    instead: {
      PORT: String(await freePort()),
      RTC_PORT: '0',
      DATA_DIR: temporaryFolder(),
      SHUTDOWN_DELAY_SECONDS: '0',
      // A busy machine must not make the server refuse visits.
      MAX_CPU_PERCENT: '0',
      MAX_MEMORY_PERCENT: '0',
    },
  });
  const pod = new ServerProcess({ env });
  onTestFinished(() => pod.close());
  await pod.listening();
  return pod;
}

/** Runs the program of `helm test` against a server. */
async function helmTest(manifests: readonly Manifest[], server: string) {
  const hook = manifests.find(({ kind }) => kind === 'Pod')!.spec as unknown as {
    containers: [{ command: [string, ...string[]] }];
  };
  const [, ...args] = hook.containers[0].command;
  const child = spawn(process.execPath, args, { env: { ...process.env, SERVER: server } });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, output, errors };
}

describe.skipIf(!isPossible)('the pods of the Helm chart', () => {
  it('form a cluster whose visits are reached through every pod', async () => {
    const [mongo, redis] = [await MongoServer.start(), await RedisServer.start()];
    onTestFinished(() => mongo.dispose());
    const secrets = {
      INTERNAL_SECRET,
      VIDEO_JWT_SECRET: TOKEN_SECRET,
      MONGO_URI: mongo.uriFor(),
      REDIS_URL: redis.url,
    };
    const values = {
      clientBaseUrl: 'https://visits.example.org',
      secrets: { existingSecret: 'televisit' },
      metrics: { enabled: false },
    };
    const manifests = manifestsOf(rendered([values]));
    const start = (workload: string, pod: string) => startPod(manifests, workload, pod, secrets);
    const [first, second, api] = await Promise.all([
      start('visits-televisit-media', 'visits-televisit-media-0'),
      start('visits-televisit-media', 'visits-televisit-media-1'),
      start('visits-televisit-api', 'visits-televisit-api-x'),
    ]);
    const seen = async () =>
      (await api.backend.api.listNodes()).nodes.map(({ nodeId, state, url }) => [nodeId, state, url !== '']);
    await expect.poll(seen).toEqual([
      ['visits-televisit-media-0', 'ready', true],
      ['visits-televisit-media-1', 'ready', true],
    ]);

    const { sessionId, sfuNodeId } = await api.backend.createVisit();
    expect(sfuNodeId).toMatch(/^visits-televisit-media-[01]$/);
    // The connections reach the pod with the visit at its NODE_URL.
    const doctor = await ProtocolClient.join(api.backend, sessionId, 'doctor');
    const other = sfuNodeId.endsWith('-0') ? second : first;
    const patient = await ProtocolClient.join(other.backend, sessionId, 'patient');
    for (const { socket } of [doctor, patient]) onTestFinished(() => void socket.disconnect());
    await expect.poll(() => doctor.received('participant:joined')).toMatchObject([{ userId: 'patient' }]);

    const { code, output, errors } = await helmTest(manifests, api.url);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toContain('200 /readyz');
    api.kill('SIGTERM');
    expect(await api.ended).toEqual({ code: 0, signal: null });
    expect((await helmTest(manifests, api.url)).code).toBe(1);
  });
});

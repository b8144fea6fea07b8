import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '../support/clients/chromium.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { GuideSite, guideAvailable } from '../support/scenarios/guide-site.ts';
import { Meeting, pathsOf } from '../support/scenarios/meeting.ts';

const RTC_PORT = 40_000;
const TURN_PORT = 3478;
/** One for each media worker, and for each of the two servers. */
const MEDIA_PORTS = Array.from(
  { length: Math.max(2, Math.min(availableParallelism(), 24)) },
  (_, index) => RTC_PORT + index,
);
const PEOPLE = ['dr-jones', 'patient-7'] as const;
const PATIENCE = { timeout: 60_000 };

/** The steps follow each other as in the document, so none is retried alone. */
describe.skipIf(!guideAvailable())('docs/OPERATIONS.md', { retry: 0, timeout: 480_000 }, () => {
  let site: GuideSite;
  let browsers: Browser[];
  let sessionId: string;
  let recordingId: string;

  /** Opens the links that the guide prints for a visit. Resolves when the two see each other through TURN. */
  const meet = async () => {
    const printed = await site.follow('visit');
    const links = [...printed.matchAll(/"joinUrl":"([^"]+)"/g)].map(([, link]) => link!);
    expect(links).toHaveLength(2);
    const visitId = (await site.shell.enter('echo "$SESSION"')).trim();
    const [doctor, patient] = browsers.map((browser, index) => ({ browser, link: links[index]! }));
    const meeting = await Meeting.open(doctor!, patient!, PEOPLE);
    for (const one of [meeting.doctor, meeting.patient]) expect(await pathsOf(one)).toEqual(['turn', 'turn']);
    return { meeting, visitId };
  };

  beforeAll(async () => {
    site = await GuideSite.open();
  }, 240_000);
  afterAll(() => site.close());

  it('from a clone to a running server with TLS and TURN, each step works as written, and doctor finds no failure', async () => {
    await site.follow('values', 'packages', 'product', 'setup', 'user', 'settings');
    await site.follow('own-certificate', 'server', 'nginx', 'turn', 'firewall');
    const report = await site.follow('doctor');
    expect(report).toMatch(/turn:.*5349/);
    expect(await site.follow('nodes')).toContain('"state":"ready"');
  });

  it('two people see each other by the printed links, through TURN over TLS and over TCP, and are recorded', async () => {
    const [doctorPlace, patientPlace] = site.lab.clients;
    // Only TLS is left to the doctor: the page on 443, and TURN on 5349.
    await doctorPlace!.link.block({ udp: true, tcpPorts: [...MEDIA_PORTS, TURN_PORT] });
    await patientPlace!.link.block({ udp: true, tcpPorts: MEDIA_PORTS });
    browsers = await Promise.all(site.lab.clients.map((place) => site.browser(place)));
    const { meeting, visitId } = await meet();
    sessionId = visitId;
    const api = await site.api();
    for (const userId of PEOPLE) {
      await api.setConsent(sessionId, userId, 'recording', { given: true, wording: 'portal-1' });
    }
    const record = async () => {
      ({ recordingId } = await api.startRecording(sessionId));
      await meeting.runs();
      await meeting.runs();
      await api.stopRecording(sessionId, recordingId);
      const own = async () =>
        (await api.listRecordings(sessionId)).recordings.find((one) => one.recordingId === recordingId);
      await expect.poll(async () => (await own())?.status, PATIENCE).toBe('ready');
      return (await own())?.files.filter(({ source }) => source === 'camera').length;
    };
    // A machine that is very busy may not start the recorder in time at first.
    await expect.poll(record, { timeout: 120_000 }).toBe(2);
    await api.endSession(sessionId, {});
    await meeting.close();
  });

  it('after the backup, the loss of everything and the restore onto an empty machine, the visit is there, its recording plays, and two people meet', async () => {
    const old = await site.api();
    const [before, history] = [await old.getReport(sessionId), (await old.getAudit(sessionId)).entries];
    expect(history.length).toBeGreaterThan(5);
    await site.follow('back-up', 'back-up-secrets');
    await site.replaceMachine('/srv/backup', '/srv/secrets');
    expect(existsSync(site.machine.path('/etc/televisit'))).toBe(false);

    await site.follow('values', 'packages', 'product', 'setup', 'user');
    await site.follow('restore', 'restore-own-certificate', 'server', 'nginx', 'turn', 'doctor');
    const api = await site.api();
    const after = await api.getReport(sessionId);
    expect(after.participants).toEqual(before.participants);
    expect((await api.getAudit(sessionId)).entries.slice(0, history.length)).toEqual(history);
    const { recordings } = await api.listRecordings(sessionId);
    const recording = recordings.find((one) => one.recordingId === recordingId);
    const cameras = recording?.files.filter(({ source }) => source === 'camera') ?? [];
    expect(cameras).toHaveLength(2);
    for (const { fileId } of cameras)
      expect(await framesOf(api, sessionId, recordingId, fileId)).toBeGreaterThan(10);

    const { meeting, visitId } = await meet();
    await api.endSession(visitId, {});
    await meeting.close();
  });

  it('while INTERNAL_SECRET is rotated both secrets are accepted, and in the end only the new one', async () => {
    const old = site.setting('INTERNAL_SECRET');
    await site.follow('rotation-helpers', 'rotate');
    expect(site.setting('INTERNAL_SECRET')).not.toBe(old);
    const [withOld, withNew] = [await site.api(3000, old), await site.api()];
    const answers = (api: typeof withOld) =>
      expect.poll(() => api.getSession(sessionId).then(() => 'ok', codeOf), PATIENCE);
    await answers(withOld).toBe('ok');
    await answers(withNew).toBe('ok');
    await site.follow('rotate-end');
    await answers(withNew).toBe('ok');
    await answers(withOld).toBe('unauthorized');
  });

  it('an upgrade of the only server, and its metrics, work as written', async () => {
    await site.follow('new-version', 'new-version-setup', 'upgrade');
    expect(site.versionOf('televisit')).toBe(site.version);
    expect(await site.follow('metrics')).toContain('televisit_ready 1');
  });

  it('on two servers with Redis and MongoDB a visit continues while each is upgraded, and a third person joins', async () => {
    site.startMongo();
    await site.follow('cluster-values', 'cluster', 'cluster-nginx');
    const nodes = await site.follow('nodes');
    for (const nodeId of ['sfu-1', 'sfu-2']) expect(nodes).toContain(`"nodeId":"${nodeId}"`);
    const { meeting, visitId } = await meet();
    const pages = [meeting.doctor, meeting.patient];
    let reloads = 0;
    for (const { page } of pages) page.on('load', () => (reloads += 1));

    await site.follow('new-version', 'new-version-setup');
    await meeting.reset();
    const watch = async () => {
      for (const service of ['televisit@1', 'televisit@2']) {
        await expect.poll(() => site.versionOf(service), PATIENCE).toBe(site.version);
        await meeting.runs();
      }
    };
    await Promise.all([site.follow('rolling-upgrade'), watch()]);
    await meeting.runs();
    console.log(`the longest freeze during the rolling upgrade: ${(await meeting.longest()).toFixed(0)} ms`);
    // At the latest the second server had the visit.
    expect(site.machine.read('/run/services/televisit@2.log')).toContain('session migrates to another node');

    const api = await site.api(3001);
    await api.putParticipant(visitId, 'interpreter-1', { role: 'interpreter' });
    const { joinUrl } = await api.joinSession(visitId, { role: 'interpreter', userId: 'interpreter-1' });
    const third = await Visitor.join(browsers[1]!, joinUrl);
    for (const [one, other] of [
      ...PEOPLE.map((userId) => [third, userId] as const),
      ...pages.map((page) => [page, 'interpreter-1'] as const),
    ]) {
      await expect.poll(async () => (await one.receivedFrom(other)).frames, PATIENCE).toBeGreaterThan(10);
    }
    const { participants } = await api.listParticipants(visitId);
    expect(participants.map(({ connected, intervals }) => [connected, intervals.length])).toEqual(
      [...PEOPLE, 'interpreter-1'].map(() => [true, 1]),
    );
    expect([reloads, ...pages.map(({ errors }) => errors)]).toEqual([0, [], []]);
    await Promise.all([third.close(), meeting.close()]);
  });

  it('no marked block was omitted', () => {
    expect(site.marked.filter((name) => !site.entered.includes(name))).toEqual([]);
  });
});

/** Downloads a file of a recording, and returns how many frames of it can be decoded. */
async function framesOf(
  api: Awaited<ReturnType<GuideSite['api']>>,
  sessionId: string,
  recordingId: string,
  fileId: string,
): Promise<number> {
  const file = join(temporaryFolder(), 'camera.mkv');
  const content = await api.getRecordingFile(sessionId, recordingId, fileId);
  writeFileSync(file, content);
  const probe = [
    '-v',
    'error',
    '-count_frames',
    '-show_entries',
    'stream=nb_read_frames',
    '-of',
    'csv=p=0',
    file,
  ];
  return Number(execFileSync('ffprobe', probe, { encoding: 'utf8' }).trim());
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

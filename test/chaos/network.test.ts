import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Backend } from '../support/backend.ts';
import { Visitor } from '../support/chromium.ts';
import { launchChromiumIn } from '../support/netlab/browser.ts';
import { createLab, labAvailable, type NetworkLab } from '../support/netlab/index.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Standstill } from '../support/standstill.ts';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts';
import { turnAvailable, TurnServer } from '../support/turn-server.ts';

const WEB_PORT = 3000;
const RTC_PORT = 40_000;
const TURN_PORT = 3478;
const TURN_SECRET = 'the-secret-of-the-turn-server-of-this-test';

const possible = labAvailable('visits over bad networks') && turnAvailable('visits through TURN');

describe.skipIf(!possible)('a visit over a network that', () => {
  let lab: NetworkLab;
  let backend: Backend;
  let browsers: Browser[];
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    lab = await createLab({ clients: 2, line: { delayMs: 20 } });
    closing.push(() => lab.close());
    const dataDir = makeTemporaryFolder();
    closing.push(() => removeFolder(dataDir));
    const { namespace, address } = lab.server;
    const origin = `http://${address}:${WEB_PORT}`;
    const turn = await TurnServer.start(lab.server, TURN_PORT, TURN_SECRET);
    closing.push(() => turn.close());
    const env = {
      PORT: String(WEB_PORT),
      RTC_PORT: String(RTC_PORT),
      WORKERS: '1',
      LISTEN_IP: address,
      CLIENT_BASE_URL: origin,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      TURN_URLS: `turn:${address}:${TURN_PORT}?transport=udp,turn:${address}:${TURN_PORT}?transport=tcp`,
      TURN_SECRET,
    };
    const server = new ServerProcess(env, namespace);
    closing.push(() => server.dispose());
    await server.listening();
    browsers = await Promise.all(lab.clients.map((place) => launchChromiumIn(lab, place, origin)));
    for (const browser of browsers) closing.push(() => browser.close());
    backend = new Backend(await lab.reach(WEB_PORT));
  });
  afterAll(async () => {
    for (const step of closing.splice(0).reverse()) await step();
  });

  async function meeting() {
    onTestFinished(() => lab.client.link.heal());
    const { sessionId } = await backend.createVisit();
    const [patientBrowser, doctorBrowser] = browsers;
    const enter = async (browser: Browser, role: 'doctor' | 'patient') => {
      const one = await Visitor.join(browser, await backend.joinUrl(sessionId, role));
      onTestFinished(() => one.close());
      return one;
    };
    const doctor = await enter(doctorBrowser!, 'doctor');
    const patient = await enter(patientBrowser!, 'patient');
    await bothSee(doctor, patient);
    return { sessionId, doctor, patient };
  }

  const frames = async (one: Visitor, userId: string) => (await one.receivedFrom(userId)).frames;

  /** New frames come, in both directions. */
  async function bothSee(doctor: Visitor, patient: Visitor): Promise<void> {
    const before = [await frames(doctor, 'patient'), await frames(patient, 'doctor')] as const;
    await Promise.all([
      expect.poll(() => frames(doctor, 'patient')).toBeGreaterThan(before[0] + 10),
      expect.poll(() => frames(patient, 'doctor')).toBeGreaterThan(before[1] + 10),
    ]);
  }

  const paths = (one: Visitor) =>
    one.page.evaluate(async () => {
      const { send, receive } = (await window.__televisit?.client.stats())?.transports ?? {};
      return [send?.path, receive?.path];
    });

  const watch = (doctor: Visitor, patient: Visitor) =>
    Promise.all([Standstill.watch(doctor, 'patient'), Standstill.watch(patient, 'doctor')]);

  it('has no UDP uses TCP to the same port', async () => {
    await lab.client.link.block({ udp: true });
    const { doctor, patient } = await meeting();
    expect(await paths(patient)).toEqual(['tcp', 'tcp']);
    expect(await paths(doctor)).toEqual(['udp', 'udp']);
  });

  it('lets only TURN through uses TURN', async () => {
    await lab.client.link.block({ udp: true, tcpPorts: [RTC_PORT] });
    const { patient } = await meeting();
    expect(await paths(patient)).toEqual(['turn', 'turn']);
  });

  it('changes in mid-call goes on over the new one', async () => {
    const { doctor, patient } = await meeting();
    const standstills = await watch(doctor, patient);
    const address = lab.changeAddress(lab.client);
    const frozen = () => Promise.all(standstills.map((one) => one.longest()));
    await bothSee(doctor, patient);
    console.log(
      `new address ${address}: longest standstill at the doctor’s and the patient’s ${(await frozen()).map((ms) => ms.toFixed(0)).join(' and ')} ms`,
    );
    expect(await doctor.byTestId('participant').count()).toBe(1);
  });

  it('loses UDP in mid-call goes on over TCP', async () => {
    const { doctor, patient } = await meeting();
    expect(await paths(patient)).toEqual(['udp', 'udp']);
    const standstills = await watch(doctor, patient);
    await lab.client.link.block({ udp: true });
    await expect.poll(() => paths(patient)).toEqual(['tcp', 'tcp']);
    await bothSee(doctor, patient);
    const frozen = await Promise.all(standstills.map((one) => one.longest()));
    console.log(`UDP blocked: longest standstill ${frozen.map((ms) => ms.toFixed(0)).join(' and ')} ms`);
  });

  it('is gone for 10 s is there again with everything, without a leave', async () => {
    const { doctor, patient } = await meeting();
    await lab.client.link.cut();
    await expect
      .poll(() =>
        doctor.page.evaluate(() =>
          window.__televisit?.client.getState().participants.map(({ connected }) => connected),
        ),
      )
      .toEqual([false]);
    await lab.client.link.heal();
    const healedAt = performance.now();
    await bothSee(doctor, patient);
    console.log(
      `after a gap: both see each other again after ${(performance.now() - healedAt).toFixed(0)} ms`,
    );
    expect(await doctor.byTestId('participant').count()).toBe(1);
  });
});

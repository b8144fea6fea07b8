import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BreakableLine } from '../support/breakable-line.ts';
import { launchChromium, Visitor } from '../support/chromium.ts';
import { Standstill } from '../support/standstill.ts';
import { TestServer } from '../support/test-server.ts';

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchChromium(), TestServer.open()]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** A doctor on the straight way, and a patient whose signaling goes over a line that can break. */
async function meeting() {
  const { sessionId } = await server.createVisit();
  const line = await BreakableLine.open(server.televisit.port);
  const open = async (link: string) => {
    const one = await Visitor.join(browser, link);
    onTestFinished(() => one.close());
    return one;
  };
  const doctor = await open(await server.joinUrl(sessionId, 'doctor'));
  const patient = await open(line.through(await server.joinUrl(sessionId, 'patient')));
  const frames = async (one: Visitor, userId: string) => (await one.receivedFrom(userId)).frames;
  await expect.poll(() => frames(doctor, 'patient')).toBeGreaterThan(20);
  await expect.poll(() => frames(patient, 'doctor')).toBeGreaterThan(20);
  const [here, there] = await Promise.all([
    Standstill.watch(patient, 'doctor'),
    Standstill.watch(doctor, 'patient'),
  ]);
  return { sessionId, line, doctor, patient, standstills: [here, there] as const };
}

const connectionOf = (one: Visitor) =>
  one.page.evaluate(() => window.__televisit?.client.getState().connection);

/** The longest standstill of both sides' pictures, in milliseconds. */
async function longest(standstills: readonly Standstill[]): Promise<number> {
  return Math.max(...(await Promise.all(standstills.map((one) => one.longest()))));
}

describe('a signaling connection', () => {
  it('that is cut comes back, with the picture running on both sides all the time, and everything said meanwhile', async () => {
    const { line, doctor, patient, standstills, sessionId } = await meeting();
    const consumers = () =>
      patient.page.evaluate(() =>
        window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId),
      );
    const before = await consumers();
    await Promise.all(standstills.map((one) => one.reset()));
    line.cut();
    await doctor.page.evaluate(() => window.__televisit?.client.chat.send('Are you there?'));
    await expect
      .poll(() => patient.page.evaluate(() => window.__televisit?.client.getState().chat.messages.length))
      .toBe(1);
    expect(await connectionOf(patient)).toBe('connected');
    expect(await consumers()).toEqual(before);
    const frames = (await patient.receivedFrom('doctor')).frames;
    await expect.poll(async () => (await patient.receivedFrom('doctor')).frames).toBeGreaterThan(frames + 10);
    const standstill = await longest(standstills);
    console.log(`signaling cut: longest standstill of a picture ${standstill.toFixed(0)} ms`);
    const [doctorSeat, patientSeat] = (await server.televisit.store.get(sessionId))?.intervals ?? [];
    expect([doctorSeat?.reconnects, patientSeat?.reconnects]).toEqual([0, 1]);
  });

  it('that is half open is found within 8 s, and the others see that the person reconnects, without a leave', async () => {
    const { line, doctor, patient, standstills } = await meeting();
    await Promise.all(standstills.map((one) => one.reset()));
    const diedAt = performance.now();
    line.die();
    const seen = expect
      .poll(() =>
        doctor.page.evaluate(() =>
          window.__televisit?.client.getState().participants.map(({ connected }) => connected),
        ),
      )
      .toEqual([false])
      .then(() => performance.now() - diedAt);
    const noticed = expect
      .poll(() => connectionOf(patient))
      .toBe('reconnecting')
      .then(() => performance.now() - diedAt);
    const [others, own] = await Promise.all([seen, noticed]);
    expect(await doctor.byTestId('participant').count()).toBe(1);
    line.heal();
    await expect.poll(() => connectionOf(patient)).toBe('connected');
    const standstill = await longest(standstills);
    console.log(
      `half open: found by the server after ${others.toFixed(0)} ms, by the page after ${own.toFixed(0)} ms; ` +
        `longest standstill of a picture ${standstill.toFixed(0)} ms`,
    );
    expect(Math.max(others, own)).toBeLessThan(8_000);
  });
});

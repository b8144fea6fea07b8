import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { labAvailable } from '../support/netlab/index.ts';
import { othersConnected, pathsOf, type Meeting } from '../support/scenarios/meeting.ts';
import {
  blockTcpToo,
  blockUdp,
  changeAddress,
  LabVisits,
  RTC_PORT,
  TURN_PORT,
} from '../support/scenarios/network.ts';
import { turnAvailable } from '../support/infra/turn-server.ts';

const possible = labAvailable('visits over bad networks') && turnAvailable('visits through TURN');

describe.skipIf(!possible)('a visit over a bad network', () => {
  let visits: LabVisits;

  beforeAll(async () => {
    visits = await LabVisits.open();
  });
  afterAll(() => visits.close());

  async function meet(): Promise<Meeting> {
    onTestFinished(() => visits.lab.client.link.heal());
    const meeting = await visits.meet();
    onTestFinished(() => meeting.close());
    return meeting;
  }

  const people = (meeting: Meeting) => meeting.doctor.byTestId('participant').count();

  it('a client without UDP uses TCP to the same port', async () => {
    await visits.lab.client.link.block({ udp: true });
    const { doctor, patient } = await meet();
    expect(await pathsOf(patient)).toEqual(['tcp', 'tcp']);
    expect(await pathsOf(doctor)).toEqual(['udp', 'udp']);
  });

  it('a client that only reaches TURN uses TURN', async () => {
    await visits.lab.client.link.block({ udp: true, tcpPorts: [RTC_PORT] });
    const { patient } = await meet();
    expect(await pathsOf(patient)).toEqual(['turn', 'turn']);
  });

  it('a page whose media finds no path says so, the server logs it, and the call works when there is one', async () => {
    const { link } = visits.lab.client;
    onTestFinished(() => link.heal());
    await link.block({ udp: true, tcpPorts: [RTC_PORT, TURN_PORT] });
    const patient = await visits.joinAlone();
    onTestFinished(() => patient.close());
    const banner = patient.byTestId('connection-banner');
    await expect.poll(() => banner.textContent(), { timeout: 15_000 }).toContain('can’t get through');
    await expect
      .poll(() => visits.server.output, { timeout: 15_000 })
      .toContain('failed to connect the media of a participant');
    expect(visits.server.output).toContain(`udp ${visits.lab.server.address}:${RTC_PORT}`);
    await link.heal();
    await expect.poll(() => banner.count(), { timeout: 60_000 }).toBe(0);
    expect(await pathsOf(patient)).toEqual(['udp', 'udp']);
  });

  it('a call continues on a new network', async () => {
    const meeting = await meet();
    const { freezeMs } = await changeAddress(visits, meeting);
    console.log(`new address: longest freeze ${freezeMs.toFixed(0)} ms`);
    expect(await people(meeting)).toBe(1);
  });

  it('a call that loses UDP continues over TCP', async () => {
    const meeting = await meet();
    expect(await pathsOf(meeting.patient)).toEqual(['udp', 'udp']);
    const { freezeMs } = await blockUdp(visits, meeting);
    console.log(`UDP blocked: longest freeze ${freezeMs.toFixed(0)} ms`);
    expect(await people(meeting)).toBe(1);
  });

  it('a call that loses UDP and TCP to the media port continues through TURN', async () => {
    const meeting = await meet();
    const { freezeMs } = await blockTcpToo(visits, meeting);
    console.log(`UDP and TCP blocked: longest freeze ${freezeMs.toFixed(0)} ms`);
    expect(await people(meeting)).toBe(1);
  });

  it('a call recovers completely after 10 s without network, without a leave', async () => {
    const meeting = await meet();
    await visits.lab.client.link.cut();
    await expect.poll(() => othersConnected(meeting.doctor)).toEqual([false]);
    await visits.lab.client.link.heal();
    const healedAt = performance.now();
    await meeting.runs();
    console.log(
      `after a gap: both see each other again after ${(performance.now() - healedAt).toFixed(0)} ms`,
    );
    expect(await people(meeting)).toBe(1);
  });
});

import type { TcpFaultProxy } from '../faults/tcp-fault-proxy.ts';
import { until } from '../infra/until.ts';
import { connectionOf, othersConnected, type Meeting } from './meeting.ts';

/** The patient's signaling connection ends, and both sides are told. @returns the longest standstill of a picture */
export async function cutSignaling(meeting: Meeting, line: TcpFaultProxy): Promise<{ standstillMs: number }> {
  const { doctor, patient } = meeting;
  const heard = () =>
    patient.page.evaluate(() => window.__televisit?.client.getState().chat.messages.length ?? 0);
  const before = await heard();
  await meeting.reset();
  line.cut();
  // What is said meanwhile comes, too.
  await doctor.page.evaluate(() => window.__televisit?.client.chat.send('Are you there?'));
  await until('the doctor’s words arrive', async () => (await heard()) === before + 1);
  await until('the patient is connected', async () => (await connectionOf(patient)) === 'connected');
  await meeting.runs();
  return { standstillMs: await meeting.longest() };
}

/** When each side found out that a connection is half open, after how many milliseconds. */
export interface HalfOpen {
  readonly serverMs: number;
  readonly pageMs: number;
  readonly standstillMs: number;
}

/** Nothing of the patient's signaling gets through any more, and nobody is told. */
export async function halfOpenSignaling(meeting: Meeting, line: TcpFaultProxy): Promise<HalfOpen> {
  const { doctor, patient } = meeting;
  await meeting.reset();
  const diedAt = performance.now();
  line.die();
  const since = () => performance.now() - diedAt;
  const [serverMs, pageMs] = await Promise.all([
    until('the doctor sees it', async () => (await othersConnected(doctor)).join() === 'false').then(since),
    until('the page sees it', async () => (await connectionOf(patient)) === 'reconnecting').then(since),
  ]);
  line.heal();
  await until('the patient is connected', async () => (await connectionOf(patient)) === 'connected');
  return { serverMs, pageMs, standstillMs: await meeting.longest() };
}

import type { TcpFaultProxy } from '../faults/tcp-fault-proxy.ts';
import { until } from '../infra/until.ts';
import { connectionOf, othersConnected, type Meeting } from './meeting.ts';

/** Cuts the patient's signaling connection. @returns the longest freeze of a video */
export async function cutSignaling(meeting: Meeting, proxy: TcpFaultProxy): Promise<{ freezeMs: number }> {
  const { doctor, patient } = meeting;
  const heard = () =>
    patient.page.evaluate(() => window.__televisit?.client.getState().chat.messages.length ?? 0);
  const before = await heard();
  await meeting.reset();
  proxy.cut();
  // A message that is sent meanwhile arrives, too.
  await doctor.page.evaluate(() => window.__televisit?.client.chat.send('Are you there?'));
  await until('the doctor’s message arrives', async () => (await heard()) === before + 1);
  await until('the patient is connected', async () => (await connectionOf(patient)) === 'connected');
  await meeting.runs();
  return { freezeMs: await meeting.longest() };
}

/** When each side found out that a connection is half open, in milliseconds. */
export interface HalfOpen {
  readonly serverMs: number;
  readonly pageMs: number;
  readonly freezeMs: number;
}

/** Stalls the patient's signaling without closing it. */
export async function halfOpenSignaling(meeting: Meeting, proxy: TcpFaultProxy): Promise<HalfOpen> {
  const { doctor, patient } = meeting;
  await meeting.reset();
  const diedAt = performance.now();
  proxy.stall();
  const since = () => performance.now() - diedAt;
  const [serverMs, pageMs] = await Promise.all([
    until('the doctor sees it', async () => (await othersConnected(doctor)).join() === 'false').then(since),
    until('the page sees it', async () => (await connectionOf(patient)) === 'reconnecting').then(since),
  ]);
  proxy.heal();
  await until('the patient is connected', async () => (await connectionOf(patient)) === 'connected');
  return { serverMs, pageMs, freezeMs: await meeting.longest() };
}

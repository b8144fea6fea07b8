import { until } from '../infra/until.ts';
import { consumersOf, type Meeting } from './meeting.ts';

/** Kills the media worker under a visit. @returns the longest freeze of either video, in milliseconds */
export async function killWorker(meeting: Meeting, workerPid: number): Promise<{ freezeMs: number }> {
  await meeting.reset();
  await losingMedia(meeting, () => process.kill(workerPid, 'SIGKILL'));
  return { freezeMs: await meeting.longest() };
}

/** Runs an action that ends all media of a visit, and waits until both participants have everything again. */
export async function losingMedia(meeting: Meeting, lose: () => unknown): Promise<void> {
  const people = [meeting.doctor, meeting.patient];
  const before = await Promise.all(people.map(async (one) => new Set(await consumersOf(one))));
  await lose();
  for (const [index, one] of people.entries()) {
    await until(
      'new streams are there',
      async () => (await consumersOf(one)).filter((id) => !before[index]?.has(id)).length >= 2,
      60_000,
    );
  }
  await meeting.runs();
}

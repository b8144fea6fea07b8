import type { Browser } from 'playwright-core';
import { Visitor } from '../clients/chromium.ts';
import { FreezeMeter } from '../measure/freeze-meter.ts';
import { until } from '../infra/until.ts';

/** Browser and link of one of the two. */
export interface Seat {
  readonly browser: Browser;
  readonly link: string;
}

/** Time limit for a step on the way into the call, in milliseconds. */
const ENTER_MS = 90_000;

/** This many new frames show that a video runs. */
const RUNNING_FRAMES = 10;

/** A doctor and a patient who see each other, and meters of how long their videos freeze. */
export class Meeting {
  readonly doctor: Visitor;
  readonly patient: Visitor;
  readonly #people: readonly [string, string];
  readonly #freezes: readonly FreezeMeter[];

  private constructor(
    doctor: Visitor,
    patient: Visitor,
    people: readonly [string, string],
    freezes: readonly FreezeMeter[],
  ) {
    this.#people = people;
    this.doctor = doctor;
    this.patient = patient;
    this.#freezes = freezes;
  }

  /** Closed by the caller. @param people their user ids */
  static async open(
    doctorSeat: Seat,
    patientSeat: Seat,
    people: readonly [string, string] = ['doctor', 'patient'],
  ): Promise<Meeting> {
    const doctor = await enter(doctorSeat);
    const patient = await enter(patientSeat);
    await until(
      'both see each other',
      async () => (await framesOf(doctor, patient, people)).every((count) => count > 20),
      ENTER_MS,
    );
    const freezes = await Promise.all([
      FreezeMeter.watch(doctor, people[1]),
      FreezeMeter.watch(patient, people[0]),
    ]);
    return new Meeting(doctor, patient, people, freezes);
  }

  /** Waits for new frames in both directions. */
  async runs(): Promise<void> {
    const before = await framesOf(this.doctor, this.patient, this.#people);
    await until(
      'both videos run',
      async () => {
        const now = await framesOf(this.doctor, this.patient, this.#people);
        // The counters of new media begin at zero.
        return now.every((count, index) => {
          const least = before[index] ?? 0;
          return count > (count < least ? 0 : least) + RUNNING_FRAMES;
        });
      },
      ENTER_MS,
    );
  }

  /** Returns the longest freeze of both videos since the last `reset`, in milliseconds. */
  async longest(): Promise<number> {
    return Math.max(...(await Promise.all(this.#freezes.map((one) => one.longest()))));
  }

  async reset(): Promise<void> {
    await Promise.all(this.#freezes.map((one) => one.reset()));
  }

  async close(): Promise<void> {
    await Promise.all([this.doctor.close(), this.patient.close()]);
  }
}

/** Browsers that share a busy machine with servers may take long for the way through a relay. */
async function enter({ browser, link }: Seat): Promise<Visitor> {
  const visitor = await Visitor.open(browser, link);
  visitor.page.setDefaultTimeout(ENTER_MS);
  await visitor.pressJoin();
  return visitor;
}

async function framesOf(
  doctor: Visitor,
  patient: Visitor,
  [doctorId, patientId]: readonly [string, string],
): Promise<number[]> {
  const seen = await Promise.all([doctor.receivedFrom(patientId), patient.receivedFrom(doctorId)]);
  return seen.map(({ frames }) => frames);
}

/** Returns the consumers of a page. */
export async function consumersOf(one: Visitor): Promise<readonly string[]> {
  const ids = await one.page.evaluate(() =>
    window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId),
  );
  return ids ?? [];
}

/** Returns the state of a page's signaling connection. */
export function connectionOf(one: Visitor): Promise<string | undefined> {
  return one.page.evaluate(() => window.__televisit?.client.getState().connection);
}

/** Returns the paths of a page's media: for sending and for receiving. */
export function pathsOf(one: Visitor): Promise<readonly (string | null | undefined)[]> {
  return one.page.evaluate(async () => {
    const { send, receive } = (await window.__televisit?.client.stats())?.transports ?? {};
    return [send?.path, receive?.path];
  });
}

/** Returns whether the others are connected, as a page shows them. */
export async function othersConnected(one: Visitor): Promise<readonly boolean[]> {
  const flags = await one.page.evaluate(() =>
    window.__televisit?.client.getState().participants.map(({ connected }) => connected),
  );
  return flags ?? [];
}

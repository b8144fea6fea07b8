import type { Browser } from 'playwright-core';
import { Visitor } from '../clients/chromium.ts';
import { FreezeMeter } from '../measure/freeze-meter.ts';
import { until } from '../infra/until.ts';

/** Where one of the two sits, and what their link is. */
export interface Seat {
  readonly browser: Browser;
  readonly link: string;
}

/** So many new frames show that a picture runs. */
const RUNNING_FRAMES = 10;

/** A doctor and a patient who see each other, with an eye on how long their pictures stand still. */
export class Meeting {
  readonly doctor: Visitor;
  readonly patient: Visitor;
  readonly #standstills: readonly FreezeMeter[];

  private constructor(doctor: Visitor, patient: Visitor, standstills: readonly FreezeMeter[]) {
    this.doctor = doctor;
    this.patient = patient;
    this.#standstills = standstills;
  }

  /** Closed by the caller. */
  static async open(doctorSeat: Seat, patientSeat: Seat): Promise<Meeting> {
    const doctor = await Visitor.join(doctorSeat.browser, doctorSeat.link);
    const patient = await Visitor.join(patientSeat.browser, patientSeat.link);
    await until('both see each other', async () =>
      (await framesOf(doctor, patient)).every((count) => count > 20),
    );
    const standstills = await Promise.all([
      FreezeMeter.watch(doctor, 'patient'),
      FreezeMeter.watch(patient, 'doctor'),
    ]);
    return new Meeting(doctor, patient, standstills);
  }

  /** New frames come, in both directions. */
  async runs(): Promise<void> {
    const before = await framesOf(this.doctor, this.patient);
    await until('both pictures run', async () => {
      const now = await framesOf(this.doctor, this.patient);
      // Where the media was made anew its counters begin at nothing.
      return now.every((count, index) => {
        const least = before[index] ?? 0;
        return count > (count < least ? 0 : least) + RUNNING_FRAMES;
      });
    });
  }

  /** The longest standstill of both sides' pictures since the last `reset`, in milliseconds. */
  async longest(): Promise<number> {
    return Math.max(...(await Promise.all(this.#standstills.map((one) => one.longest()))));
  }

  async reset(): Promise<void> {
    await Promise.all(this.#standstills.map((one) => one.reset()));
  }

  async close(): Promise<void> {
    await Promise.all([this.doctor.close(), this.patient.close()]);
  }
}

async function framesOf(doctor: Visitor, patient: Visitor): Promise<number[]> {
  const seen = await Promise.all([doctor.receivedFrom('patient'), patient.receivedFrom('doctor')]);
  return seen.map(({ frames }) => frames);
}

/** The streams that somebody receives now. */
export async function consumersOf(one: Visitor): Promise<readonly string[]> {
  const ids = await one.page.evaluate(() =>
    window.__televisit?.client.getState().tracks.map(({ consumerId }) => consumerId),
  );
  return ids ?? [];
}

/** What the page knows of its signaling connection. */
export function connectionOf(one: Visitor): Promise<string | undefined> {
  return one.page.evaluate(() => window.__televisit?.client.getState().connection);
}

/** By which ways somebody's media goes: what they send, and what they receive. */
export function pathsOf(one: Visitor): Promise<readonly (string | null | undefined)[]> {
  return one.page.evaluate(async () => {
    const { send, receive } = (await window.__televisit?.client.stats())?.transports ?? {};
    return [send?.path, receive?.path];
  });
}

/** Whether the others' connections stand, as somebody's page shows them. */
export async function othersConnected(one: Visitor): Promise<readonly boolean[]> {
  const flags = await one.page.evaluate(() =>
    window.__televisit?.client.getState().participants.map(({ connected }) => connected),
  );
  return flags ?? [];
}

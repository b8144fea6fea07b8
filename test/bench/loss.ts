/**
 * Measures sound and video between two participants whose lines lose packets at random in each direction, or are narrow,
 * in Chromium with fake devices in the network lab (needs root). Server, worker and browsers share the machine's cores.
 *
 * `loss` measures round trips of 50 and 150 ms between each participant and the server, each with 10 and 20% loss on
 * both lines; `loss 50 10` one of them. `loss rate 300` measures what a participant receives over a line of 300 kbit/s,
 * `loss rate` over several, and `loss dip` how long video takes to recover after 15 s at 80 kbit/s.
 */
import { cpus } from 'node:os';
import { Backend } from '../support/clients/backend.ts';
import { Visitor } from '../support/clients/chromium.ts';
import { joinPlaces, type JoinPlaces, type Way } from '../support/fixtures/join-environments.ts';
import { ReceptionMeter, type Reception } from '../support/measure/reception-meter.ts';

const ROUND_TRIPS_MS = [50, 150];
const LOSS_PERCENT = [10, 20];
const RATES_KBIT = [1000, 500, 300, 150];
/** How long a call runs before it is measured, in seconds: it has adapted to its network by then. */
const SETTLE_S = 10;
const MEASURE_S = 30;
const DIP = { kbit: 80, seconds: 15, patienceSeconds: 90 };
const FULL_WIDTH = 1270;

interface Call {
  readonly places: JoinPlaces;
  readonly doctor: Visitor;
  readonly patient: Visitor;
}

async function call<T>(way: Way, run: (call: Call) => Promise<T>): Promise<T> {
  const places = await joinPlaces(way);
  try {
    const backend = new Backend(places.apiUrl);
    const { sessionId } = await backend.createVisit(undefined, { options: { waitingRoom: 'off' } });
    const doctor = await Visitor.join(places.doctor, await backend.joinUrl(sessionId, 'doctor'));
    const patient = await Visitor.join(places.patient, await backend.joinUrl(sessionId, 'patient'));
    return await run({ places, doctor, patient });
  } finally {
    await places.close();
  }
}

function print(name: string, { sound, video }: Reception): void {
  const cells = [
    `sound concealed ${(sound.concealed * 100).toFixed(1).padStart(5)}%`,
    `buffered ${sound.bufferMs.toFixed(0).padStart(4)} ms`,
    `video ${video.framesPerSecond.toFixed(1).padStart(5)} frames/s`,
    `${video.width}x${video.height}`.padStart(9),
    `frozen ${video.frozenSeconds.toFixed(1).padStart(4)} s of ${MEASURE_S}`,
  ];
  console.log(`${name.padEnd(30)} ${cells.join('   ')}`);
}

async function measureLoss(roundTripMs: number, lossPercent: number): Promise<void> {
  await call({ roundTripMs, lossPercent }, async ({ doctor, patient }) => {
    await patient.page.waitForTimeout(SETTLE_S * 1000);
    const received = await Promise.all([
      ReceptionMeter.measure(doctor, 'patient', MEASURE_S),
      ReceptionMeter.measure(patient, 'doctor', MEASURE_S),
    ]);
    for (const [index, one] of received.entries()) {
      print(`${roundTripMs} ms, ${lossPercent}% loss, ${index === 0 ? 'doctor' : 'patient'}`, one);
    }
  });
}

async function measureRate(kbit: number): Promise<void> {
  await call({ roundTripMs: 40 }, async ({ places, doctor, patient }) => {
    await patient.page.waitForTimeout(SETTLE_S * 1000);
    await places.lines?.patient.set({ rateMbit: kbit / 1000 });
    await patient.page.waitForTimeout(SETTLE_S * 1000);
    // The line of the patient is narrow in both directions.
    const [down, up] = await Promise.all([
      ReceptionMeter.measure(patient, 'doctor', MEASURE_S),
      ReceptionMeter.measure(doctor, 'patient', MEASURE_S),
    ]);
    print(`${kbit} kbit/s, patient`, down);
    print(`${kbit} kbit/s, doctor`, up);
  });
}

async function measureDip(): Promise<void> {
  await call({ roundTripMs: 40 }, async ({ places, patient }) => {
    const untilFull = async () => {
      const start = performance.now();
      // The size of the last frame says nothing while there are no new ones.
      const { frames: before } = await ReceptionMeter.pictureOf(patient, 'doctor');
      while (performance.now() - start < DIP.patienceSeconds * 1000) {
        const { width, frames } = await ReceptionMeter.pictureOf(patient, 'doctor');
        if (width >= FULL_WIDTH && frames > before) return (performance.now() - start) / 1000;
        await patient.page.waitForTimeout(100);
      }
      return Infinity;
    };
    console.log(`full pictures after ${(await untilFull()).toFixed(1)} s of the call`);
    await patient.page.waitForTimeout(SETTLE_S * 1000);
    await places.lines?.patient.set({ rateMbit: DIP.kbit / 1000 });
    await patient.page.waitForTimeout(DIP.seconds * 1000);
    await places.lines?.patient.set({ rateMbit: null });
    console.log(
      `full pictures ${(await untilFull()).toFixed(1)} s after ${DIP.seconds} s at ${DIP.kbit} kbit/s`,
    );
  });
}

const [first, second] = process.argv.slice(2);
console.log(
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by server, worker and browsers`,
);
if (first === 'rate') {
  for (const kbit of second === undefined ? RATES_KBIT : [Number(second)]) await measureRate(kbit);
} else if (first === 'dip') await measureDip();
else if (first !== undefined) await measureLoss(Number(first), Number(second));
else
  for (const roundTripMs of ROUND_TRIPS_MS)
    for (const loss of LOSS_PERCENT) await measureLoss(roundTripMs, loss);

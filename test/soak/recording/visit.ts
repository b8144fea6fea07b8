import { setTimeout as pause } from 'node:timers/promises';
import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import type { Browser, CDPSession } from 'playwright-core';
import { Visitor, launchChromium } from '../../support/clients/chromium.ts';
import { replaceDevices, sentBy, type SentLog } from '../../support/fixtures/clocked-sources.ts';
import { makeTemporaryFolder, removeFolder } from '../../support/infra/temporary-folder.ts';
import { until } from '../../support/infra/until.ts';
import { WebhookReceiver } from '../../support/infra/webhook-receiver.ts';
import { readRecording, type ReadFile } from '../../support/measure/recording.ts';
import { startServers, type Servers } from './servers.ts';

export const PEOPLE = ['doctor', 'patient'] as const;
export type Person = (typeof PEOPLE)[number];
export const LAYOUT = 'side-by-side';

/** What was done to the visit, in milliseconds since the Unix epoch. */
export interface Disturbance {
  readonly kind: 'uplink' | 'loss' | 'drain' | 'worker';
  readonly from: number;
  /** When it was over: the network is whole, or everybody has new media. */
  readonly to: number;
}

const PATIENCE_MS = 90_000;
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const RECORDING_READY_MS = 180_000;

/** A recorded visit of two real browsers with clocked devices, on one of two servers. */
export class SoakVisit {
  readonly disturbances: Disturbance[] = [];
  readonly servers: Servers;
  readonly sessionId: string;
  readonly people: Readonly<Record<Person, Visitor>>;
  readonly #networks: Readonly<Record<Person, CDPSession>>;
  readonly #receiver: WebhookReceiver;
  readonly #closing: (() => unknown)[];
  /** For what is read from the servers. */
  readonly #folder: string;
  #recordingId = '';

  private constructor(
    servers: Servers,
    sessionId: string,
    people: Record<Person, Visitor>,
    networks: Record<Person, CDPSession>,
    receiver: WebhookReceiver,
    folder: string,
    closing: (() => unknown)[],
  ) {
    this.servers = servers;
    this.sessionId = sessionId;
    this.people = people;
    this.#networks = networks;
    this.#receiver = receiver;
    this.#folder = folder;
    this.#closing = closing;
  }

  /** Resolves when the visit is recorded. Closed by the caller. */
  static async open(): Promise<SoakVisit> {
    const closing: (() => unknown)[] = [];
    try {
      const folder = makeTemporaryFolder();
      closing.push(() => removeFolder(folder));
      const receiver = await WebhookReceiver.open({ secret: WEBHOOK_SECRET });
      closing.push(() => receiver.close());
      const env = {
        RECORDINGS_DIR: `${folder}/recordings`,
        WEBHOOK_URL: receiver.url,
        WEBHOOK_SECRET,
        WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
        // Two people on one machine are many requests.
        API_RATE_LIMIT: '0',
        ADDRESS_RATE_LIMIT: '0',
      };
      const servers = await startServers(env);
      closing.push(() => servers.close());
      // Pages may sound without a click, as after a real permission.
      const browser = await launchChromium(['--autoplay-policy=no-user-gesture-required']);
      closing.push(() => browser.close());
      const options = { recording: 'on-request', composition: LAYOUT } as const;
      const { sessionId } = await servers.backend.createVisit(undefined, { options, durationMinutes: 240 });
      const joined: Entered[] = [];
      for (const [seat, role] of PEOPLE.entries()) {
        const given = { given: true, wording: 'clinic-1' };
        await servers.backend.api.setConsent(sessionId, role, 'recording', given);
        joined.push(await enter(browser, await servers.backend.joinUrl(sessionId, role), seat));
      }
      const [doctor, patient] = joined as [Entered, Entered];
      const people = { doctor: doctor.visitor, patient: patient.visitor };
      const networks = { doctor: doctor.network, patient: patient.network };
      const visit = new SoakVisit(servers, sessionId, people, networks, receiver, folder, closing);
      await visit.runs();
      await visit.#record();
      return visit;
    } catch (error) {
      await closeAll(closing);
      throw error;
    }
  }

  async #record(): Promise<void> {
    const { recordingId } = await this.servers.backend.api.startRecording(this.sessionId);
    this.#recordingId = recordingId;
    const sign = () => this.people.doctor.byTestId('recording-sign').getAttribute('data-state');
    await until('the visit is recorded', async () => (await sign()) === 'on', PATIENCE_MS);
  }

  /** Waits until each page has new pictures of the other. */
  async runs(): Promise<void> {
    const { doctor, patient } = this.people;
    for (const [viewer, other] of [
      [doctor, 'patient'],
      [patient, 'doctor'],
    ] as const) {
      let seen = (await viewer.receivedFrom(other)).frames;
      let fresh = 0;
      await until(
        `the ${other} is seen`,
        async () => {
          const { frames } = await viewer.receivedFrom(other);
          // The counters of new media begin at zero.
          fresh += Math.max(0, frames - seen);
          seen = frames;
          return fresh > 15;
        },
        PATIENCE_MS,
      );
    }
  }

  /** Switches a microphone or camera off, and on again after some seconds. */
  async interrupt(person: Person, toggle: 'mic-toggle' | 'camera-toggle', seconds: number): Promise<void> {
    const button = this.people[person].byTestId(toggle);
    await button.click();
    await pause(seconds * 1000);
    await button.click();
  }

  /** Shares the doctor's screen, and mutes the patient meanwhile. */
  async share(seconds: number): Promise<void> {
    await this.#toggleScreen();
    await this.people.patient.byTestId('screen-video').waitFor();
    await pause((seconds * 1000) / 3);
    await this.interrupt('patient', 'mic-toggle', seconds / 3);
    await pause((seconds * 1000) / 3);
    await this.#toggleScreen();
    await until(
      'the screen is gone',
      async () => (await this.people.patient.byTestId('screen-video').count()) === 0,
    );
  }

  async #toggleScreen(): Promise<void> {
    const { doctor } = this.people;
    const button = doctor.byTestId('screen-toggle');
    if (!(await button.isVisible())) await doctor.byTestId('more-menu').click();
    await button.click();
  }

  /** Makes the network of a person narrow, or lets it lose packets, for some seconds. */
  async disturb(
    kind: 'uplink' | 'loss',
    person: Person,
    amount: { readonly kbit?: number; readonly lossPercent?: number },
    seconds: number,
  ): Promise<void> {
    const from = Date.now();
    await this.#setNetwork(person, amount);
    await pause(seconds * 1000);
    await this.#setNetwork(person, {});
    this.disturbances.push({ kind, from, to: Date.now() });
  }

  async #setNetwork(
    person: Person,
    { kbit, lossPercent = 0 }: { readonly kbit?: number; readonly lossPercent?: number },
  ): Promise<void> {
    await this.#networks[person].send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: kbit === undefined ? -1 : (kbit * 1000) / 8,
      packetLoss: lossPercent,
      packetQueueLength: 0,
      packetReordering: false,
    });
  }

  /** Drains the node of the visit, and lets it take visits again afterwards. */
  async drain(): Promise<void> {
    const from = Date.now();
    const { sfuNodeId } = await this.servers.backend.api.getSession(this.sessionId);
    await this.servers.drain(sfuNodeId);
    await this.runs();
    this.disturbances.push({ kind: 'drain', from, to: Date.now() });
    await this.servers.restore(sfuNodeId);
  }

  /** Kills the media worker of the visit. */
  async killWorker(): Promise<void> {
    const { sfuNodeId } = await this.servers.backend.api.getSession(this.sessionId);
    const pid = await this.servers.workerOf(sfuNodeId);
    const from = Date.now();
    process.kill(pid, 'SIGKILL');
    await pause(1000);
    await this.runs();
    this.disturbances.push({ kind: 'worker', from, to: Date.now() });
  }

  /** Returns what the pages have sent. */
  async sent(): Promise<Readonly<Record<Person, SentLog>>> {
    const [doctor, patient] = await Promise.all(PEOPLE.map((person) => sentBy(this.people[person].page)));
    return { doctor: doctor!, patient: patient! };
  }

  /** Ends the visit. @returns the recording, once the webhook has said that it is ready */
  async end(): Promise<RecordingRecord> {
    await this.servers.backend.api.endSession(this.sessionId);
    const types = () => this.#receiver.arrivals.map(({ event }) => event.type);
    await until('recording.ready', () => types().includes('recording.ready'), RECORDING_READY_MS);
    return this.record();
  }

  /** Resolves once the composition is there, with its files. @throws {Error} if it fails or takes too long */
  async composed(patienceMs: number, tell: (progress: number) => void): Promise<readonly ReadFile[]> {
    let told = 0;
    const made = async () => (await this.record()).files.filter(({ kind }) => kind === 'composition');
    await until(
      'the composition',
      async () => {
        const [job] = (await this.record()).jobs;
        if (job?.status === 'failed') throw new Error(`The composition failed: ${job.error ?? ''}`);
        if (job && job.progress >= told + 0.1) tell((told = job.progress));
        await pause(500);
        return (await made()).length > 0;
      },
      patienceMs,
    );
    return this.read(await made());
  }

  async record(): Promise<RecordingRecord> {
    const { recordings } = await this.servers.backend.api.listRecordings(this.sessionId);
    const record = recordings.find(({ recordingId }) => recordingId === this.#recordingId);
    if (!record) throw new Error('The recording is gone.');
    return record;
  }

  /** Reads files of the recording. */
  async read(files: RecordingRecord['files']): Promise<readonly ReadFile[]> {
    const record = { ...(await this.record()), files };
    return readRecording(this.servers.backend, this.sessionId, record, this.#folder);
  }

  close(): Promise<void> {
    return closeAll(this.#closing);
  }
}

interface Entered {
  readonly visitor: Visitor;
  readonly network: CDPSession;
}

async function enter(browser: Browser, link: string, seat: number): Promise<Entered> {
  const visitor = await Visitor.join(browser, link, {
    viewport: { width: 1000, height: 640 },
    prepare: (context) => {
      context.setDefaultTimeout(PATIENCE_MS);
      return replaceDevices(context, seat);
    },
  });
  const network = await visitor.context.newCDPSession(visitor.page);
  await network.send('Network.enable');
  return { visitor, network };
}

async function closeAll(closing: (() => unknown)[]): Promise<void> {
  for (const step of closing.splice(0).reverse()) await step();
}

import type { Browser } from 'playwright-core';
import { Backend } from '../clients/backend.ts';
import { Visitor } from '../clients/chromium.ts';
import { launchChromiumIn } from '../netlab/browser.ts';
import { createLab, type NetworkLab } from '../netlab/index.ts';
import type { ServerProcess } from '../infra/server-process.ts';
import { startServer } from '../infra/start-server.ts';
import { TurnServer } from '../infra/turn-server.ts';
import { until } from '../infra/until.ts';
import { Meeting, pathsOf } from './meeting.ts';

const WEB_PORT = 3000;
export const RTC_PORT = 40_000;
export const TURN_PORT = 3478;
const TURN_SECRET = 'the-secret-of-the-turn-server-of-this-test';
const ONE_WAY_MS = 20;

/** A server with a TURN server beside it, and a patient and a doctor who each reach it over their own line. */
export class LabVisits {
  readonly lab: NetworkLab;
  readonly backend: Backend;
  readonly server: ServerProcess;
  readonly #patient: Browser;
  readonly #doctor: Browser;
  readonly #close: () => Promise<void>;

  private constructor(
    lab: NetworkLab,
    server: ServerProcess,
    backend: Backend,
    browsers: Browser[],
    close: () => Promise<void>,
  ) {
    this.lab = lab;
    this.server = server;
    this.backend = backend;
    [this.#patient, this.#doctor] = browsers as [Browser, Browser];
    this.#close = close;
  }

  /** Closed by the caller. */
  static async open(): Promise<LabVisits> {
    const closing: (() => unknown)[] = [];
    const close = async () => {
      for (const step of closing.splice(0).reverse()) await step();
    };
    try {
      const lab = await createLab({ clients: 2, line: { delayMs: ONE_WAY_MS } });
      closing.push(() => lab.close());
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
        LOG_LEVEL: 'warn',
        TURN_URLS: `turn:${address}:${TURN_PORT}?transport=udp,turn:${address}:${TURN_PORT}?transport=tcp`,
        TURN_SECRET,
      };
      const server = await startServer({ process: 'server', env, namespace, closedBy: 'caller' });
      closing.push(() => server.close());
      const browsers = await Promise.all(lab.clients.map((place) => launchChromiumIn(lab, place, origin)));
      for (const browser of browsers) closing.push(() => browser.close());
      return new LabVisits(lab, server, new Backend(await lab.reach(WEB_PORT)), browsers, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Closed by the caller. */
  async meet(): Promise<Meeting> {
    const { sessionId } = await this.backend.createVisit();
    const [doctor, patient] = await Promise.all([
      this.backend.joinUrl(sessionId, 'doctor'),
      this.backend.joinUrl(sessionId, 'patient'),
    ]);
    return Meeting.open({ browser: this.#doctor, link: doctor }, { browser: this.#patient, link: patient });
  }

  /** Lets the patient join a visit in which nobody else is. Closed by the caller. */
  async joinAlone(): Promise<Visitor> {
    const { sessionId } = await this.backend.createVisit(undefined, { options: { waitingRoom: 'off' } });
    return Visitor.join(this.#patient, await this.backend.joinUrl(sessionId, 'patient'));
  }

  close(): Promise<void> {
    return this.#close();
  }
}

interface Frozen {
  readonly freezeMs: number;
}

/** Moves the patient's device to another network. */
export async function changeAddress({ lab }: LabVisits, meeting: Meeting): Promise<Frozen> {
  await meeting.reset();
  lab.changeAddress(lab.client);
  await meeting.runs();
  return { freezeMs: await meeting.longest() };
}

/** Blocks UDP on the patient's line. */
export async function blockUdp({ lab }: LabVisits, meeting: Meeting): Promise<Frozen> {
  await meeting.reset();
  await lab.client.link.block({ udp: true });
  return recoversOver('tcp', meeting);
}

/** Blocks TCP to the media port as well: only the page itself and TURN are left. */
export async function blockTcpToo({ lab }: LabVisits, meeting: Meeting): Promise<Frozen> {
  await meeting.reset();
  await lab.client.link.block({ udp: true, tcpPorts: [RTC_PORT] });
  return recoversOver('turn', meeting);
}

async function recoversOver(path: 'tcp' | 'turn', meeting: Meeting): Promise<Frozen> {
  const patient = () => pathsOf(meeting.patient);
  await until(`the patient uses ${path}`, async () => (await patient()).every((one) => one === path), 60_000);
  await meeting.runs();
  return { freezeMs: await meeting.longest() };
}

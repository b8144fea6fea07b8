import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { launchChromiumIn } from './netlab/browser.ts';
import { createLab } from './netlab/index.ts';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** A server and the browsers of two people. */
export interface JoinPlaces {
  /** The API as this process reaches it, past any line. */
  readonly apiUrl: string;
  readonly doctor: Browser;
  readonly patient: Browser;
  close(): Promise<void>;
}

/** What lies between each of the two people and the server. */
export interface Way {
  readonly roundTripMs: number;
  /** Of the packets of each direction. */
  readonly lossPercent?: number;
}

/** Without a way both people share a browser on the server's loopback; else each has a line of their own. */
export async function joinPlaces(way?: Way): Promise<JoinPlaces> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  const dataDir = makeTemporaryFolder();
  closing.push(() => removeFolder(dataDir));
  const env = { DATA_DIR: dataDir, WORKERS: '1', LOG_LEVEL: 'warn' };
  const start = async (more: Record<string, string> = {}, namespace?: string) => {
    const server = new ServerProcess({ ...env, ...more }, namespace);
    closing.push(() => server.dispose());
    return (await server.listening()).localUrl;
  };
  const opened = async (starting: Promise<Browser>) => {
    const browser = await starting;
    closing.push(() => browser.close());
    return browser;
  };
  try {
    if (!way) {
      const apiUrl = await start();
      const browser = await opened(launchChromium());
      return { apiUrl, doctor: browser, patient: browser, close };
    }
    const { roundTripMs, lossPercent = 0 } = way;
    const lab = await createLab({ clients: 2, line: { delayMs: roundTripMs / 2, lossPercent } });
    closing.push(() => lab.close());
    const { namespace, address } = lab.server;
    const origin = `http://${address}:3000`;
    await start({ PORT: '3000', LISTEN_IP: address, CLIENT_BASE_URL: origin }, namespace);
    const [doctor, patient] = await Promise.all(
      lab.clients.map((place) => opened(launchChromiumIn(lab, place, origin))),
    );
    return { apiUrl: await lab.reach(3000), doctor: doctor!, patient: patient!, close };
  } catch (error) {
    await close();
    throw error;
  }
}

import type { CreateSessionRequest } from '@televisit/shared/api';
import type { Role } from '@televisit/shared/permissions';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { Visitor } from './chromium.ts';
import { launchWithFace, type Face } from './faces.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';
import type { TestServer } from './test-server.ts';

interface Guest {
  readonly role: Role;
  readonly displayName: string;
  readonly face: Face;
}

/** Five people, each with a camera of their own colour. The user id is the key. */
export const GUESTS = {
  doctor: { role: 'doctor', displayName: 'Dr. Ada Green', face: 'green' },
  patient: { role: 'patient', displayName: 'Ben Blue', face: 'blue' },
  interpreter: { role: 'interpreter', displayName: 'Rita Red', face: 'red' },
  guest: { role: 'guest', displayName: 'Yara Yellow', face: 'yellow' },
  colleague: { role: 'doctor', displayName: 'Dr. Max Magenta', face: 'magenta' },
} as const satisfies Record<string, Guest>;
export type GuestId = keyof typeof GUESTS;

/** The people of a test file, each at a browser of their own, which is started when it is first needed. */
export class Party {
  readonly server: TestServer;
  readonly #folder = makeTemporaryFolder();
  readonly #browsers = new Map<Face, Promise<Browser>>();

  constructor(server: TestServer) {
    this.server = server;
  }

  /** A visit with a seat for each of the five. */
  async createVisit(plan: Partial<CreateSessionRequest> = {}): Promise<string> {
    const seats = Object.entries(GUESTS).map(([userId, { role, displayName }]) => ({
      userId,
      role,
      displayName,
    }));
    return (await this.server.createVisit(undefined, { seats, ...plan })).sessionId;
  }

  /** Somebody in front of the preview; gone after the test, which fails where their page had an error. */
  async open(sessionId: string, userId: GuestId, options: BrowserContextOptions = {}): Promise<Visitor> {
    const { role, face } = GUESTS[userId];
    const link = await this.server.joinUrl(sessionId, role, userId);
    const visitor = await Visitor.open(await this.#browser(face), link, options);
    onTestFinished(async () => {
      await visitor.close();
      expect(visitor.errors).toEqual([]);
    });
    return visitor;
  }

  /** Somebody in the call. */
  async join(sessionId: string, userId: GuestId, options: BrowserContextOptions = {}): Promise<Visitor> {
    const visitor = await this.open(sessionId, userId, options);
    await visitor.pressJoin();
    return visitor;
  }

  async close(): Promise<void> {
    for (const browser of this.#browsers.values()) await (await browser).close();
    this.#browsers.clear();
    removeFolder(this.#folder);
  }

  #browser(face: Face): Promise<Browser> {
    const known = this.#browsers.get(face);
    if (known) return known;
    const launching = launchWithFace(face, this.#folder);
    this.#browsers.set(face, launching);
    return launching;
  }
}

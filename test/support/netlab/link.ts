import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The treatment of packets on a line, in both directions. */
export interface LineQuality {
  /** In one direction, in milliseconds. */
  readonly delayMs: number;
  readonly lossPercent: number;
  /** In each direction, in Mbit/s; null for as much as the machine carries. */
  readonly rateMbit: number | null;
}

/** Packets that a firewall on the line drops silently. */
export interface Blocked {
  readonly udp?: boolean;
  /** Every port, or packets from or to these. */
  readonly tcpPorts?: 'all' | readonly number[];
}

const PERFECT: LineQuality = { delayMs: 0, lossPercent: 0, rateMbit: null };

/** The line between one client and the server. Changes are in effect when their promise resolves. */
export class Link {
  readonly #relay: ChildProcess;
  readonly #ended: Promise<unknown>;
  #answered: (() => void)[] = [];
  #quality = PERFECT;
  #blocked: Blocked = {};
  #cut = false;
  #dead = false;

  /** @param relay the program of `line.c`, with pipes for its stdin and stdout */
  constructor(relay: ChildProcess) {
    this.#relay = relay;
    this.#ended = once(relay, 'exit').finally(() => {
      this.#dead = true;
      for (const answered of this.#answered.splice(0)) answered();
    });
    // Its end is handled on `exit`; a write to a process that has just ended may fail.
    relay.stdin?.on('error', () => undefined);
    if (relay.stdout) createInterface(relay.stdout).on('line', () => this.#answered.shift()?.());
  }

  get quality(): LineQuality {
    return this.#quality;
  }

  /** Changes the given qualities and keeps the others. */
  async set(quality: Partial<LineQuality>): Promise<void> {
    this.#quality = { ...this.#quality, ...quality };
    await this.#apply();
  }

  /** Drops every packet, also those in transit, silently. */
  async cut(): Promise<void> {
    this.#cut = true;
    await this.#apply();
  }

  /** Drops only these packets from now on. */
  async block(blocked: Blocked): Promise<void> {
    this.#blocked = blocked;
    await this.#apply();
  }

  /** Reverts a cut and every block; delay, loss and rate stay. */
  async heal(): Promise<void> {
    this.#cut = false;
    this.#blocked = {};
    await this.#apply();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#relay.stdin?.end();
    await this.#ended;
  }

  async #apply(): Promise<void> {
    const { delayMs, lossPercent, rateMbit } = this.#quality;
    const { udp = false, tcpPorts = [] } = this.#blocked;
    const setting = [
      Math.round(delayMs * 1e3),
      Math.round(lossPercent * 1e4),
      Math.round((rateMbit ?? 0) * 1e6),
      ...[this.#cut, udp, tcpPorts === 'all'].map(Number),
      ...(tcpPorts === 'all' ? [] : tcpPorts),
    ];
    if (!this.#dead) {
      await new Promise<void>((resolve) => {
        this.#answered.push(resolve);
        this.#relay.stdin?.write(`${setting.join(' ')}\n`);
      });
    }
    if (this.#dead) throw new Error('The line is closed, or its relay ended.');
  }
}

import type { Role } from '@televisit/shared/vocabulary';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProtocolClient, type Refused } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const RUNS = Number(process.env.WAITING_ROOM_RUNS ?? 12);
const GRACE = 30_000;
const GUESTS = ['patient', 'guest'] as const;
type Guest = (typeof GUESTS)[number];

type Step =
  | { readonly do: 'come' | 'leave' | 'drop' | 'admit' | 'decline'; readonly who: Guest }
  | { readonly do: 'hostComes' | 'hostLeaves' | 'lock' | 'unlock' | 'graceEnds' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('come', 'leave', 'drop', 'admit', 'decline'),
        who: fc.constantFrom(...GUESTS),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom('hostComes', 'hostLeaves', 'lock', 'unlock', 'graceEnds'),
      }),
    },
  ),
  { minLength: 4, maxLength: 16 },
);

/** Place of a participant by the rules; a dropped connection keeps its place for the grace period. */
interface GuestState {
  place: 'out' | 'waiting' | 'in';
  connected: boolean;
  /** Whether a host admitted them, which counts once. */
  admitted: boolean;
  /** Whether they have not entered since. */
  unused: boolean;
  entries: number;
}

let server: TestServer;
const clock = new ManualClock(Date.now());
beforeAll(async () => {
  server = await startServer({
    closedBy: 'caller',
    clock,
    graceMs: GRACE,
    env: { API_RATE_LIMIT: '0', ADDRESS_RATE_LIMIT: '0' },
  });
});
afterAll(() => server.close());

/** Plays a visit beside a model of the rules, which predicts what is visible. */
class Play {
  readonly #mode: 'until-host' | 'admit';
  readonly #sessionId: string;
  /** A host in the preview, who sees every stream that is sent out. */
  readonly #witness: ProtocolClient;
  /** A participant in the visit who is no host and sees whose connection drops. */
  readonly #observer: ProtocolClient;
  readonly #connections = new Map<string, ProtocolClient>();
  readonly #guests: Record<Guest, GuestState>;
  #host: ProtocolClient | undefined;
  #locked = false;

  private constructor(
    mode: 'until-host' | 'admit',
    sessionId: string,
    witness: ProtocolClient,
    observer: ProtocolClient,
  ) {
    this.#mode = mode;
    this.#sessionId = sessionId;
    this.#witness = witness;
    this.#observer = observer;
    const newcomer = (): GuestState => ({
      place: 'out',
      connected: false,
      admitted: false,
      unused: false,
      entries: 0,
    });
    this.#guests = { patient: newcomer(), guest: newcomer() };
  }

  static async begin(mode: 'until-host' | 'admit'): Promise<Play> {
    const seats = [
      { userId: 'guest', role: 'guest' as const },
      { userId: 'colleague', role: 'doctor' as const },
      { userId: 'observer', role: 'observer' as const },
    ];
    const options = { waitingRoom: 'off' as const };
    const { sessionId } = await server.createVisit(undefined, { seats, options });
    const witness = await connect(sessionId, 'doctor', 'colleague');
    await witness.prepare();
    const observer = await connect(sessionId, 'observer');
    await observer.enter();
    await server.api.updateSession(sessionId, { options: { waitingRoom: mode } });
    return new Play(mode, sessionId, witness, observer);
  }

  async step(step: Step): Promise<void> {
    if ('who' in step) await this.#guestStep(step.do, step.who);
    else await this.#houseStep(step.do);
    this.#letIn();
    await this.#agree();
  }

  end(): void {
    for (const one of [this.#witness, this.#observer, ...this.#connections.values()]) one.socket.disconnect();
    this.#host?.socket.disconnect();
  }

  /** The model: who may enter by the rules. */
  #mayEnter({ place, admitted, unused }: GuestState): boolean {
    if (place === 'in') return true;
    if (this.#locked) return unused;
    return this.#mode === 'admit' ? admitted : this.#host !== undefined;
  }

  async #guestStep(what: 'come' | 'leave' | 'drop' | 'admit' | 'decline', who: Guest): Promise<void> {
    const guest = this.#guests[who];
    if (what === 'come') {
      if (!guest.connected) await this.#come(who, guest);
    } else if (what === 'leave') {
      if (!guest.connected) return;
      await this.#connections.get(who)?.request('leave', {});
      Object.assign(guest, { place: 'out', connected: false });
    } else if (what === 'drop') {
      if (!guest.connected) return;
      this.#connections.get(who)?.drop();
      guest.connected = false;
      await until(() => this.#isDropped(who, guest));
    } else if (this.#host) {
      await this.#decide(what, who, guest);
    }
  }

  async #come(who: Guest, guest: GuestState): Promise<void> {
    const connection = await connect(this.#sessionId, who);
    this.#connections.set(who, connection);
    const { status } = await connection.ask();
    const may = this.#mayEnter(guest);
    expect([who, status]).toEqual([who, may ? 'joined' : 'waiting']);
    guest.connected = true;
    if (may) this.#entered(guest);
    else guest.place = 'waiting';
  }

  async #decide(what: 'admit' | 'decline', who: Guest, guest: GuestState): Promise<void> {
    const message = what === 'admit' ? 'waiting:admit' : 'waiting:decline';
    const answer = await this.#host
      ?.request(message, { userId: who })
      .then(() => 'ok')
      .catch((error: unknown) => (error as Refused).code);
    if (guest.place !== 'waiting') return;
    expect(answer).toBe('ok');
    if (what === 'admit') Object.assign(guest, { admitted: true, unused: true });
    if (what === 'decline' || !guest.connected) guest.place = 'out';
    if (what === 'decline' && guest.connected) {
      // The client gives up, so that "come" is a new connection each time.
      await this.#connections.get(who)?.request('leave', {});
      guest.connected = false;
    }
  }

  async #houseStep(what: 'hostComes' | 'hostLeaves' | 'lock' | 'unlock' | 'graceEnds'): Promise<void> {
    if (what === 'hostComes' && !this.#host) {
      this.#host = await connect(this.#sessionId, 'doctor');
      await this.#host.enter();
    } else if (what === 'hostLeaves' && this.#host) {
      await this.#host.request('leave', {});
      this.#host = undefined;
    } else if ((what === 'lock' || what === 'unlock') && this.#host) {
      await this.#host.request('moderation:lock', { locked: what === 'lock' });
      if (what === 'lock' && !this.#locked) {
        for (const guest of Object.values(this.#guests)) {
          if (guest.unused) Object.assign(guest, { admitted: false, unused: false });
        }
      }
      this.#locked = what === 'lock';
    } else if (what === 'graceEnds') {
      clock.advance(GRACE + 1);
      for (const guest of Object.values(this.#guests)) if (!guest.connected) guest.place = 'out';
    }
  }

  /** Waiting participants who need not wait now enter, if they are connected. */
  #letIn(): void {
    for (const guest of Object.values(this.#guests)) {
      if (guest.place !== 'waiting' || !this.#mayEnter(guest)) continue;
      if (guest.connected) this.#entered(guest);
      else guest.place = 'out';
    }
  }

  #entered(guest: GuestState): void {
    Object.assign(guest, { place: 'in', unused: false });
    guest.entries += 1;
  }

  /** Waits until the visit is as the model says, and checks that no other stream was sent out. */
  async #agree(): Promise<void> {
    await until(async () => {
      const { intervals, seats } = await server.televisit.sessions.get(this.#sessionId);
      const inside = GUESTS.map((who) => {
        const seat = seats.findIndex(({ userId }) => userId === who);
        return intervals.some((interval) => interval.seat === seat && interval.leftAt === null);
      });
      const here = (place: GuestState['place']) => GUESTS.filter((who) => this.#guests[who].place === place);
      const waiting = this.#witness.received('waiting:people').at(-1)?.people ?? [];
      return (
        same(
          GUESTS.filter((_, index) => inside[index]),
          here('in'),
        ) &&
        same(
          waiting.map(({ userId }) => userId),
          here('waiting'),
        )
      );
    });
    await this.#witness.request('consumer:ready', { consumerIds: [] });
    const streams = this.#witness.received('consumer:new');
    for (const who of GUESTS) {
      const letOut = streams.filter(({ userId }) => userId === who).length;
      expect(letOut).toBeLessThanOrEqual(2 * this.#guests[who].entries);
    }
  }

  /** Returns whether the server knows that the connection of a participant, inside or waiting, has dropped. */
  async #isDropped(who: Guest, { place }: GuestState): Promise<boolean> {
    const views =
      place === 'in'
        ? this.#observer.received('participant:updated')
        : (this.#witness.received('waiting:people').at(-1)?.people ?? []);
    await this.#witness.request('consumer:ready', { consumerIds: [] });
    return views.findLast(({ userId }) => userId === who)?.connected === false;
  }
}

async function connect(sessionId: string, role: Role, userId: string = role): Promise<ProtocolClient> {
  return ProtocolClient.connect(server, await server.joinUrl(sessionId, role, userId));
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join() === [...right].sort().join();
}

/** Waits for a condition. @throws {Error} after five seconds */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error('The visit did not reach the state that the model predicts.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the waiting room under any sequence of arrivals, leaves, admissions, refusals and locks', () => {
  it(
    'no media is sent before its owner may enter, and everyone who may enter is in',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('until-host', 'admit'), steps, async (mode, played) => {
          const play = await Play.begin(mode);
          try {
            for (const step of played) await play.step(step);
          } finally {
            play.end();
          }
        }),
        { numRuns: RUNS },
      );
    },
  );
});

import { AgoraDevices, NO_DEVICES, type DeviceStates } from './agora-devices.ts';
import { codeOf, type AgoraClient, type AgoraSdk, type AgoraSource } from './agora-sdk.ts';
import { AgoraUsers, type RemotePerson } from './agora-users.ts';

/** The credentials as the server issues them. */
export type AgoraCredentials = Readonly<Record<string, string>>;

/**
 * The state of this participant: `joining`; `joined`; `reconnecting` by itself; `failed` with a problem, from which `join`
 * tries again; `left` for good, also if the visit has ended or the participant was removed.
 */
export type AgoraPhase = 'joining' | 'joined' | 'reconnecting' | 'failed' | 'left';

/**
 * - `sdk_missing`: the SDK could not be loaded from this server.
 * - `unreachable`: Agora does not answer, or the connection is lost.
 * - `refused`: Agora does not accept the credentials, which may have expired.
 * - `replaced`: the same person has joined elsewhere.
 */
export type AgoraProblem = 'sdk_missing' | 'unreachable' | 'refused' | 'replaced';

export interface AgoraState {
  readonly phase: AgoraPhase;
  readonly problem: AgoraProblem | null;
  readonly devices: DeviceStates;
  /** The other participants, in the order in which they came. */
  readonly others: readonly RemotePerson[];
}

/** Whether joining again with the same credentials can succeed. */
export function canRetry(problem: AgoraProblem): boolean {
  return problem !== 'refused';
}

export const AGORA_START: AgoraState = { phase: 'joining', problem: null, devices: NO_DEVICES, others: [] };

/** How long Agora may take to let a participant in, in milliseconds; the SDK itself would try forever. */
const JOIN_TIMEOUT_MS = 25_000;
/** Delay before a failed publication is repeated, in milliseconds, and how often. */
const RETRY_MS = 2_000;
const MAX_RETRIES = 4;

/** Reasons of a disconnection after which the participant may not return. */
const REMOVED = ['UID_BANNED', 'IP_BANNED', 'CHANNEL_BANNED'];
const DISCONNECTED: Readonly<Record<string, AgoraProblem>> = {
  UID_CONFLICT: 'replaced',
  TOKEN_EXPIRE: 'refused',
};

export interface AgoraChannelOptions {
  readonly credentials: AgoraCredentials;
  readonly loadSdk: () => Promise<AgoraSdk>;
  readonly onChange: (state: AgoraState) => void;
}

/** What belongs to one attempt to join, and ends with it. */
interface Attempt {
  readonly client: AgoraClient;
  readonly users: AgoraUsers;
  readonly published: Set<unknown>;
}

/** A visit in a channel of Agora, without a view. */
export class AgoraChannel {
  readonly #options: AgoraChannelOptions;
  #state: AgoraState = AGORA_START;
  #devices: AgoraDevices | null = null;
  #attempt: Attempt | null = null;
  #loading = false;
  #publishing: Promise<void> = Promise.resolve();

  constructor(options: AgoraChannelOptions) {
    this.#options = options;
  }

  get state(): AgoraState {
    return this.#state;
  }

  /** Whether this participant may send sound and picture. */
  get publishes(): boolean {
    return this.#options.credentials.role !== 'subscriber';
  }

  /** Joins, or joins again after a failure. The outcome is in the state. Never throws. */
  async join(): Promise<void> {
    if (this.#loading || this.#attempt !== null || this.#isOver()) return;
    this.#update({ phase: 'joining', problem: null });
    const sdk = await this.#loadSdk();
    if (this.#isOver()) return;
    if (!sdk) {
      this.#fail('sdk_missing');
      return;
    }
    const attempt = this.#newAttempt(sdk.createClient());
    this.#attempt = attempt;
    if (this.publishes) this.#openDevices(sdk);
    await this.#enter(attempt);
  }

  /** Switches a device on or off. */
  async setOn(source: AgoraSource, on: boolean): Promise<void> {
    await this.#devices?.setOn(source, on);
  }

  /** Leaves for good and closes the devices. Idempotent. */
  leave(): void {
    if (this.#isOver()) return;
    this.#drop();
    this.#devices?.close();
    this.#update({ phase: 'left', problem: null, devices: NO_DEVICES, others: [] });
  }

  /** Returns null if the SDK cannot be loaded. */
  async #loadSdk(): Promise<AgoraSdk | null> {
    this.#loading = true;
    try {
      return await this.#options.loadSdk();
    } catch {
      return null;
    } finally {
      this.#loading = false;
    }
  }

  #newAttempt(client: AgoraClient): Attempt {
    const users = new AgoraUsers(client, (others) => {
      if (this.#attempt?.users === users) this.#update({ others });
    });
    client.on('connection-state-change', (now, _before, reason) => {
      if (this.#attempt?.client === client) this.#handleConnection(now, reason ?? '');
    });
    return { client, users, published: new Set() };
  }

  #openDevices(sdk: AgoraSdk): void {
    if (this.#devices) return;
    this.#devices = new AgoraDevices({
      sdk,
      onChange: (devices) => this.#update({ devices }),
      onReady: () => this.#publishAll(),
      onGone: (track) => {
        const attempt = this.#attempt;
        if (attempt?.published.delete(track)) void attempt.client.unpublish(track).catch(() => undefined);
      },
    });
    void this.#devices.open();
  }

  async #enter(attempt: Attempt): Promise<void> {
    const { appId = '', channel = '', token = '', account = '' } = this.#options.credentials;
    const deadline = setTimeout(() => {
      if (this.#attempt === attempt) this.#fail('unreachable');
    }, JOIN_TIMEOUT_MS);
    try {
      await attempt.client.join(appId, channel, token, account);
    } catch (error) {
      if (this.#attempt === attempt) this.#fail(problemOf(error));
      return;
    } finally {
      clearTimeout(deadline);
    }
    if (this.#attempt !== attempt) return;
    this.#update({ phase: 'joined' });
    this.#publishAll();
  }

  #handleConnection(now: string, reason: string): void {
    const { phase } = this.#state;
    if (now === 'RECONNECTING' && phase === 'joined') this.#update({ phase: 'reconnecting' });
    if (now === 'CONNECTED' && phase === 'reconnecting') {
      this.#update({ phase: 'joined' });
      this.#publishAll();
    }
    // While joining, the rejected promise says more.
    if (now !== 'DISCONNECTED' || phase === 'joining') return;
    if (REMOVED.includes(reason)) this.leave();
    else this.#fail(DISCONNECTED[reason] ?? 'unreachable');
  }

  /** Publishes what is on and not published yet. */
  #publishAll(): void {
    const attempt = this.#attempt;
    if (!attempt || this.#state.phase !== 'joined') return;
    for (const track of this.#devices?.tracks ?? []) {
      if (attempt.published.has(track)) continue;
      attempt.published.add(track);
      this.#publishing = this.#publishing.then(() => this.#publish(attempt, track, 0));
    }
  }

  async #publish(
    attempt: Attempt,
    track: Parameters<AgoraClient['publish']>[0],
    retries: number,
  ): Promise<void> {
    if (this.#attempt !== attempt || !attempt.published.has(track)) return;
    try {
      await attempt.client.publish(track);
    } catch (error) {
      // Switched off in the meantime; it is published once it is on again.
      if (codeOf(error) === 'TRACK_IS_DISABLED') attempt.published.delete(track);
      else if (retries >= MAX_RETRIES) this.#devices?.reject(track);
      else setTimeout(() => void this.#publish(attempt, track, retries + 1), RETRY_MS);
    }
  }

  #fail(problem: AgoraProblem): void {
    if (this.#isOver()) return;
    this.#drop();
    this.#update({ phase: 'failed', problem, others: [] });
  }

  /** Leaves the channel of the current attempt. */
  #drop(): void {
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.users.close();
    // An attempt that is still joining gives up.
    attempt?.client.leave().catch(() => undefined);
  }

  #isOver(): boolean {
    return this.#state.phase === 'left';
  }

  #update(change: Partial<AgoraState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onChange(this.#state);
  }
}

/** Returns what an error of `join` means. */
function problemOf(error: unknown): AgoraProblem {
  switch (codeOf(error)) {
    case 'UID_CONFLICT':
      return 'replaced';
    // The SDK gives up with these only if Agora's answer forbids another try.
    case 'CAN_NOT_GET_GATEWAY_SERVER':
    case 'UNEXPECTED_RESPONSE':
    case 'INVALID_PARAMS':
    case 'TOKEN_EXPIRE':
      return 'refused';
    default:
      return 'unreachable';
  }
}

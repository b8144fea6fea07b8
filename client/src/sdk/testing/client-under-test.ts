import type { VisitState } from '../state/visit-state.ts';
import { VisitClient } from '../visit-client.ts';
import { FakeServer } from './fake-server.ts';
import { fakeDevice, FakeMediaDevices, FakeStorage, type FakeStream, type FakeTransport } from './fakes.ts';

/** A client with its own devices and its own server. */
export class ClientUnderTest {
  readonly server: FakeServer;
  readonly media = new FakeMediaDevices();
  client: VisitClient;
  /** Whether remote streams that are set up from now on deliver nothing until `flow()`. */
  silent = false;
  /** In the order of their creation: one for sending and one for receiving for each media session. */
  readonly transports: FakeTransport[] = [];
  readonly #streams: FakeStream[] = [];
  readonly #storage = new FakeStorage();

  private constructor(server: FakeServer) {
    this.server = server;
    this.client = this.#create();
  }

  static async start(): Promise<ClientUnderTest> {
    return new ClientUnderTest(await FakeServer.start());
  }

  get state(): VisitState {
    return this.client.getState();
  }

  /** Resolves with the first state, now or later, that satisfies the predicate. */
  until(wanted: (state: VisitState) => boolean): Promise<VisitState> {
    return new Promise((resolve) => {
      const check = (state: VisitState) => {
        if (!wanted(state)) return;
        stop();
        resolve(state);
      };
      const stop = this.client.subscribe(check);
      check(this.state);
    });
  }

  phase(wanted: VisitState['phase']): Promise<VisitState> {
    return this.until((state) => state.phase === wanted);
  }

  /** Starts the client; resolves when everything is prepared in the preview. */
  async prepared(): Promise<void> {
    this.client.start();
    await this.until(({ connection }) => connection === 'connected');
  }

  async inTheCall(): Promise<void> {
    await this.prepared();
    this.client.join();
    await this.phase('joined');
  }

  async inTheWaitingRoom(): Promise<void> {
    this.server.sendToWaitingRoom();
    await this.prepared();
    await this.server.until('producer:create', 2);
    this.client.join();
    await this.phase('waiting');
  }

  /** Cuts the connection; resolves when everything is prepared over the next one. */
  async reconnected(): Promise<void> {
    const prepared = this.server.messages('prepare').length;
    this.server.cut();
    await this.server.until('prepare', prepared + 1);
    await this.until(({ connection }) => connection === 'connected');
  }

  /** Lets every remote stream deliver. */
  flow(): void {
    this.silent = false;
    for (const { track } of this.#streams) track.remoteUnmute();
  }

  /** Reloads the page: only stored values are left. */
  reload(): void {
    this.client.close();
    this.client = this.#create();
  }

  #create(): VisitClient {
    return new VisitClient({
      sessionId: 'sess_1',
      token: 'abc',
      baseUrl: this.server.url,
      sessionStorage: this.#storage,
      localStorage: this.#storage,
      mediaDevices: this.media.asMediaDevices(),
      createDevice: () =>
        fakeDevice(
          (stream) => {
            this.#streams.push(stream);
            if (this.silent) stream.track.remoteMute();
          },
          (transport) => this.transports.push(transport),
        ),
    });
  }

  async close(): Promise<void> {
    this.client.close();
    await this.server.close();
  }
}

import type { RecordingView } from '@televisit/shared/features/recording';
import type { Permission } from '@televisit/shared/vocabulary';
import type {
  CaptionsAnswer,
  CaptionsState,
  ConsentAnswer,
  RecordingAction,
  VisitState,
} from '../../sdk/index.ts';
import type { VisitClient } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';

/** A client without a server: its methods change its own state as far as a story needs. */
export class FakeClient {
  #state: VisitState;
  readonly #listeners = new Set<(state: VisitState) => void>();
  /** The requests to the server so far, for the console. */
  readonly asked: string[] = [];

  constructor(state: Partial<VisitState>) {
    this.#state = { ...INITIAL_STATE, ...state };
  }

  readonly chat = {
    send: (text: string) => this.#say(text),
    sendFile: () => undefined,
    retry: () => undefined,
    discard: () => undefined,
    open: () => fetch('/src/ui/icon.svg').then((answer) => answer.blob()),
    setVisible: (visible: boolean) => {
      if (visible) this.change({ chat: { ...this.#state.chat, unread: 0 } });
    },
  };

  readonly waitingRoom = {
    admit: (userId: string) => this.#goneFromDoor(userId),
    decline: (userId: string) => this.#goneFromDoor(userId),
    message: () => this.#done('waiting:message'),
  };

  readonly moderation: Record<string, () => Promise<void>> = new Proxy(
    {},
    {
      get: (_, name) => () => this.#done(`moderation:${String(name)}`),
    },
  );

  readonly recording = {
    setConsent: ({ purpose, given, erase }: ConsentAnswer) => {
      const { recording } = this.#state;
      if (purpose === 'transcript') {
        this.#record({ transcriptConsent: given });
        return this.#done(`transcript ${given ? 'allowed' : 'refused'}`);
      }
      const isRecorded = recording?.isRecorded === true && erase !== true;
      this.#record({ consent: given, isRecorded, ...(!given && { state: 'waiting' }) });
      return this.#done(`consent ${given ? 'given' : 'refused'}${erase === true ? ', erase' : ''}`);
    },
    control: (action: RecordingAction) => {
      const states = { start: 'waiting', pause: 'paused', resume: 'on', stop: 'off' } as const;
      this.#record({ state: states[action] });
      return this.#done(`recording:${action}`);
    },
  };

  readonly captions = {
    watch: (on: boolean, translateTo: string | null = null) => {
      this.#caption({ on, translateTo });
      return this.#done(`captions ${on ? 'on' : 'off'}${translateTo === null ? '' : ` in ${translateTo}`}`);
    },
    setConsent: ({ given }: CaptionsAnswer) => {
      const { view } = this.#state.captions;
      this.#caption({ view: view && { ...view, consent: given } });
      return this.#done(`captions ${given ? 'agreed' : 'refused'}`);
    },
  };

  readonly meeting = {
    // The answer never comes: each story shows one state.
    open: () => {
      this.asked.push('meeting:open');
      return new Promise(() => undefined);
    },
    setHidden: () => undefined,
  };

  asVisitClient(): VisitClient {
    return this as unknown as VisitClient;
  }

  getState(): VisitState {
    return this.#state;
  }

  can(permission: Permission): boolean {
    return this.#state.self?.permissions.includes(permission) ?? false;
  }

  subscribe(listener: (state: VisitState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  change(change: Partial<VisitState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }

  joinLink(): string {
    return 'https://visits.example/join/s';
  }

  setOn(source: 'microphone' | 'camera', on: boolean): Promise<void> {
    const { local } = this.#state;
    this.change({ local: { ...local, [source]: { ...local[source], state: on ? 'on' : 'off' } } });
    return Promise.resolve();
  }

  setSaveData(saveData: boolean): void {
    this.change({ saveData, mediaMode: saveData ? 'audio_only' : 'full' });
  }

  reportFirstFrame(): void {
    this.asked.push('first-frame');
  }

  setViews(views: readonly unknown[]): void {
    this.asked.push(`views ${JSON.stringify(views)}`);
  }

  setAway(): void {
    this.asked.push('away');
  }

  stopShare(): void {
    this.asked.push('share:stop');
  }

  readonly leave = () => this.#done('leave');
  readonly endVisit = () => {
    document.body.dataset.ended = 'true';
    return this.#done('end');
  };
  readonly raiseHand = () => this.#done('hand');
  readonly react = () => this.#done('react');
  readonly startShare = () => this.#done('share');
  readonly flipCamera = () => this.#done('flip');
  readonly setNotes = () => this.#done('notes');
  retryMedia = () => this.#done('retry');
  readonly releaseMedia = () => this.change({ local: INITIAL_STATE.local });
  readonly testConnection = () => this.#done('test');
  readonly chooseDevice = () => this.#done('device');

  #caption(change: Partial<CaptionsState>): void {
    this.change({ captions: { ...this.#state.captions, ...change } });
  }

  #record(change: Partial<RecordingView>): void {
    const { recording } = this.#state;
    if (recording) this.change({ recording: { ...recording, ...change } });
  }

  #done(what: string): Promise<void> {
    this.asked.push(what);
    return Promise.resolve();
  }

  #goneFromDoor(userId: string): Promise<void> {
    this.change({ waitingPeople: this.#state.waitingPeople.filter((person) => person.userId !== userId) });
    return Promise.resolve();
  }

  #say(text: string): void {
    const { chat, self } = this.#state;
    if (!self) return;
    const seq = (chat.messages.at(-1)?.seq ?? 0) + 1;
    const { userId, displayName, role } = self;
    const message = {
      seq,
      clientId: `c${seq}`,
      userId,
      displayName,
      role,
      text,
      file: null,
      at: new Date().toISOString(),
    };
    this.change({ chat: { ...chat, messages: [...chat.messages, message] } });
  }
}

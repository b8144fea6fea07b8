import type { VisitState } from '../../sdk/index.ts';
import { Autosave, type SaveState } from './autosave.ts';

interface Keeper {
  getState(): Pick<VisitState, 'connection' | 'hostNotes'>;
  subscribe(listener: () => void): () => void;
  setNotes(text: string): Promise<void>;
}

const drafts = new WeakMap<Keeper, NotesAutosave>();

/** The hosts' notes while they are typed. They outlive the panel, and are saved after a reconnect. */
export class NotesAutosave {
  readonly #client: Keeper;
  readonly #saver: Autosave;
  readonly #listeners = new Set<() => void>();
  #text: string | null = null;
  #saving: SaveState = 'idle';
  #wasLost = false;

  constructor(client: Keeper) {
    this.#client = client;
    this.#saver = new Autosave(
      (words) => client.setNotes(words),
      (state) => this.#become(state),
    );
    client.subscribe(() => this.#follow());
    this.#follow();
  }

  static of(client: Keeper): NotesAutosave {
    const draft = drafts.get(client) ?? new NotesAutosave(client);
    drafts.set(client, draft);
    return draft;
  }

  /** The latest text: as typed, else as saved. */
  get text(): string {
    return this.#text ?? this.#client.getState().hostNotes ?? '';
  }

  get saving(): SaveState {
    return this.#saving;
  }

  type(text: string): void {
    this.#text = text;
    this.#saver.type(text);
  }

  /** Saves unsaved text now. */
  flush(): void {
    void this.#saver.flush();
  }

  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #become(state: SaveState): void {
    this.#saving = state;
    for (const listener of this.#listeners) listener();
    this.#retry();
  }

  #follow(): void {
    if (this.#client.getState().connection !== 'connected') this.#wasLost = true;
    this.#retry();
  }

  /** Retries once after each reconnect. Other failures are left to the person. */
  #retry(): void {
    if (!this.#wasLost || this.#client.getState().connection !== 'connected') return;
    if (this.#saving === 'saving') return;
    this.#wasLost = false;
    if (this.#saving === 'failed') this.flush();
  }
}

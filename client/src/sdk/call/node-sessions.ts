import type { NetworkLevel } from '@televisit/shared/vocabulary';
import { Emitter } from '../core/emitter.ts';
import { Migration, keyOf } from './migration.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import type { CallEnd } from './call-features.ts';
import { isExpected, type View } from '../media/stream-preferences.ts';
import { NodeSession, type NodeSessionOptions } from './node-session.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { participantLeft } from '../state/visit-state.ts';

interface NodeSessionsEvents {
  /** A server has made transports, and knows nothing of the network. */
  prepared: undefined;
  over: CallEnd;
}

/**
 * The ways into the visit: one, and while the visit moves to another server two, so that nobody notices. The new one is
 * shown when it brings everything that the old one does; the old one goes on sending for those who still look there.
 */
export class NodeSessions extends Emitter<NodeSessionsEvents> {
  readonly #options: NodeSessionOptions;
  #shown: NodeSession;
  /** The newest first. */
  #handovers: readonly Migration[] = [];
  #views: readonly View[] = [];
  #closed = false;

  constructor(options: NodeSessionOptions) {
    super();
    this.#options = options;
    this.#shown = this.#newSide('shown');
  }

  /** The side that the page shows. */
  get shown(): NodeSession {
    return this.#shown;
  }

  open(): void {
    this.#options.parts.signaling.use(this.#shown.signaling);
    this.#shown.connection.open();
  }

  /** Leaves on every side, of which nothing is shown any more. Never throws. */
  async leave(): Promise<void> {
    for (const handover of this.#handovers) handover.close();
    for (const side of this.#all()) side.leave();
    await Promise.all(this.#all().map(({ connection }) => connection.leave()));
  }

  setViews(views: readonly View[]): void {
    this.#views = views;
    for (const { connection } of this.#all()) connection.setViews(views);
  }

  setMode(mode: MediaMode): void {
    for (const { connection } of this.#all()) connection.setMode(mode);
  }

  /** Tells every server how the network is. */
  report(level: NetworkLevel): void {
    for (const { signaling } of this.#all()) signaling.send('network:report', { level });
  }

  networkChanged(patience?: number): void {
    for (const { connection } of this.#all()) connection.networkChanged(patience);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.parts.signaling.use(null);
    const sides = this.#all();
    for (const handover of this.#handovers) handover.close();
    for (const side of sides) side.close();
    this.removeAllListeners();
  }

  #all(): readonly NodeSession[] {
    return [...new Set([this.#shown, ...this.#handovers.flatMap(({ from, to }) => [to, from])])];
  }

  #newSide(role: 'shown' | 'coming'): NodeSession {
    const side = new NodeSession(this.#options, role);
    side.on('tracks', () => this.#showTracks());
    side.on('prepared', () => this.emit('prepared', undefined));
    side.on('moved', () => this.#moved(side));
    side.on('arrived', (userId) => {
      for (const handover of this.#handovers) if (handover.to === side) handover.arrived(userId);
    });
    side.on('over', (over) => this.emit('over', over));
    return side;
  }

  #moved(from: NodeSession): void {
    if (from.role === 'coming') {
      // Nothing of it is shown yet: it is made anew, and leads to where the visit is now.
      from.connection.retry();
      return;
    }
    if (from !== this.#shown || this.#handovers.some((handover) => handover.from === from)) return;
    const to = this.#newSide('coming');
    const handover = new Migration({ from, to, isLive: (track) => this.#isLive(track) });
    this.#handovers = [handover, ...this.#handovers];
    handover.on('ready', () => this.#show(handover));
    handover.on('tracks', () => this.#showTracks());
    handover.on('departed', (userIds) => {
      for (const userId of userIds) {
        this.#options.parts.store.update((state) => participantLeft(state, userId));
      }
    });
    handover.on('closed', () => this.#end(handover));
    from.freeze();
    to.connection.setMode(this.#options.parts.store.state.mediaMode);
    to.connection.setViews(this.#views);
    to.connection.join();
    to.connection.open();
  }

  /** The new side takes the place of the old one, in one change of the state. */
  #show(handover: Migration): void {
    if (this.#closed || handover.done) return;
    const { from, to } = handover;
    const { store, signaling, chat, presence } = this.#options.parts;
    from.leave();
    this.#shown = to;
    signaling.use(to.signaling);
    const change = to.show();
    store.update((before) => {
      const after = handover.show(before, change(before));
      return { ...after, tracks: this.#streams() };
    });
    from.signaling.send('moved', {});
    if (to.joinedAt === null) return;
    chat.entered();
    presence.say();
    to.endForbiddenShare();
  }

  #end(handover: Migration): void {
    this.#handovers = this.#handovers.filter((other) => other !== handover);
    handover.close();
    // Without a goodbye: who says that has left.
    handover.from.close({ goodbye: false });
    this.#showTracks();
  }

  #showTracks(): void {
    const { store } = this.#options.parts;
    const tracks = this.#streams();
    const old = store.state.tracks;
    if (tracks.length === old.length && tracks.every((track, index) => track === old[index])) return;
    store.update({ tracks });
  }

  /** Everything that can be played, each stream once: of the shown side, or of an old one while it is still to come. */
  #streams(): readonly RemoteTrack[] {
    let streams = this.#shown.tracks;
    for (const handover of this.#handovers.filter(({ done }) => done)) {
      const old = handover.streams.filter((one) =>
        streams.every((other) => keyOf(other) !== keyOf(one) || other.track.muted),
      );
      const keys = new Set(old.map(keyOf));
      streams = [...streams.filter((other) => !keys.has(keyOf(other))), ...old];
    }
    return streams;
  }

  /** Whether packets of a stream come, and are to be expected over the other side, too. */
  #isLive(stream: RemoteTrack): boolean {
    const { participants, mediaMode } = this.#options.parts.store.state;
    return !stream.track.muted && isExpected(stream, participants, this.#views, mediaMode);
  }
}

import type { Payload } from '@televisit/shared/signaling';
import { Emitter } from '../core/emitter.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { isExpected, type View } from '../media/stream-preferences.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import { participantLeft } from '../state/visit-state.ts';
import type { CallEnd } from './call-context.ts';
import { Migration, keyOf } from './migration.ts';
import { NodeSession, type NodeSessionOptions } from './node-session.ts';

interface NodeSessionsEvents {
  /** A server has made transports; it knows nothing of the network yet. */
  prepared: undefined;
  over: CallEnd;
}

/**
 * The node sessions of the call: one, and two during a migration. The target is shown once it delivers everything that the
 * source does; the source continues to send for participants that are still on the old node.
 */
export class NodeSessions extends Emitter<NodeSessionsEvents> {
  readonly #options: NodeSessionOptions;
  #shown: NodeSession;
  /** The newest first. */
  #migrations: readonly Migration[] = [];
  #views: readonly View[] = [];
  #closed = false;

  constructor(options: NodeSessionOptions) {
    super();
    this.#options = options;
    this.#shown = this.#newSession('shown');
  }

  /** The node session that the page shows. */
  get shown(): NodeSession {
    return this.#shown;
  }

  open(): void {
    this.#options.context.signaling.use(this.#shown.signaling);
    this.#shown.connection.open();
  }

  /** Leaves over every node; nothing of them is shown from now on. Never throws. */
  async leave(): Promise<void> {
    for (const migration of this.#migrations) migration.close();
    for (const session of this.#all()) session.retire();
    await Promise.all(this.#all().map(({ connection }) => connection.leave()));
  }

  setViews(views: readonly View[]): void {
    this.#views = views;
    for (const { connection } of this.#all()) connection.setViews(views);
  }

  setMode(mode: MediaMode): void {
    for (const { connection } of this.#all()) connection.setMode(mode);
  }

  /** Reports the network, and how long the first picture took, to every node. */
  report(network: Payload<'network:report'>): void {
    const { firstFrameMs } = this.#options.context.metrics;
    for (const { signaling } of this.#all()) signaling.send('network:report', { ...network, firstFrameMs });
  }

  networkChanged(patience?: number): void {
    for (const { connection } of this.#all()) connection.networkChanged(patience);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.context.signaling.use(null);
    const sessions = this.#all();
    for (const migration of this.#migrations) migration.close();
    for (const session of sessions) session.close();
    this.removeAllListeners();
  }

  #all(): readonly NodeSession[] {
    return [...new Set([this.#shown, ...this.#migrations.flatMap(({ from, to }) => [to, from])])];
  }

  #newSession(kind: 'shown' | 'pending'): NodeSession {
    const session = new NodeSession(this.#options, kind);
    session.on('tracks', () => this.#showTracks());
    session.on('prepared', () => this.emit('prepared', undefined));
    session.on('moved', () => this.#moved(session));
    session.on('arrived', (userId) => {
      for (const migration of this.#migrations) if (migration.to === session) migration.arrived(userId);
    });
    session.on('over', (over) => this.emit('over', over));
    return session;
  }

  #moved(from: NodeSession): void {
    if (from.isPending) {
      // It is not shown yet: connecting again finds the node that the call is on now.
      from.connection.retry();
      return;
    }
    if (from !== this.#shown || this.#migrations.some((migration) => migration.from === from)) return;
    const to = this.#newSession('pending');
    const migration = new Migration({ from, to, isLive: (track) => this.#isLive(track) });
    this.#migrations = [migration, ...this.#migrations];
    migration.on('ready', () => this.#show(migration));
    migration.on('tracks', () => this.#showTracks());
    migration.on('departed', (userIds) => {
      for (const userId of userIds) {
        this.#options.context.store.update((state) => participantLeft(state, userId));
      }
    });
    migration.on('closed', () => this.#end(migration));
    from.freeze();
    to.connection.setMode(this.#options.context.store.state.mediaMode);
    to.connection.setViews(this.#views);
    to.connection.join();
    to.connection.open();
  }

  /** Shows the target in place of the source, in one change of the state. */
  #show(migration: Migration): void {
    if (this.#closed || migration.done) return;
    const { from, to } = migration;
    const { store, signaling, features } = this.#options.context;
    from.retire();
    this.#shown = to;
    signaling.use(to.signaling);
    const change = to.show();
    store.update((before) => {
      const after = migration.show(before, change(before));
      return { ...after, tracks: this.#streams(), upcomingTracks: this.#upcoming() };
    });
    from.signaling.send('moved', {});
    if (to.joinedAt !== null) features.entered();
  }

  #end(migration: Migration): void {
    this.#migrations = this.#migrations.filter((other) => other !== migration);
    migration.close();
    // Without a goodbye: with one the server would mark the participant as left.
    migration.from.close({ goodbye: false });
    this.#showTracks();
  }

  #showTracks(): void {
    const { store } = this.#options.context;
    const { tracks, upcomingTracks } = store.state;
    const change = { tracks: this.#streams(), upcomingTracks: this.#upcoming() };
    if (isSame(change.tracks, tracks) && isSame(change.upcomingTracks, upcomingTracks)) return;
    store.update(change);
  }

  /** Returns the streams over the target of a migration that is not shown yet. */
  #upcoming(): readonly RemoteTrack[] {
    return this.#migrations.filter(({ done }) => !done).flatMap(({ to }) => to.tracks);
  }

  /** Returns everything that can be played, each stream once: from the target, or from the source until then. */
  #streams(): readonly RemoteTrack[] {
    let streams = this.#shown.tracks;
    for (const migration of this.#migrations.filter(({ done }) => done)) {
      const old = migration.streams.filter((one) =>
        streams.every((other) => keyOf(other) !== keyOf(one) || other.track.muted),
      );
      const keys = new Set(old.map(keyOf));
      streams = [...streams.filter((other) => !keys.has(keyOf(other))), ...old];
    }
    return streams;
  }

  /** Returns whether packets of a stream arrive and can be expected from the target as well. */
  #isLive(stream: RemoteTrack): boolean {
    const { participants, mediaMode } = this.#options.context.store.state;
    return !stream.track.muted && isExpected(stream, participants, this.#views, mediaMode);
  }
}

function isSame(streams: readonly RemoteTrack[], others: readonly RemoteTrack[]): boolean {
  return streams.length === others.length && streams.every((stream, index) => stream === others[index]);
}

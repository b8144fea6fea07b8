import { TelevisitError } from '@televisit/shared/errors';
import {
  captionRequest,
  type captions as contract,
  type CaptionsView,
} from '@televisit/shared/features/captions';
import { CAPTIONS_PROBLEMS, type CaptionsProblem } from '@televisit/shared/features/captions.vocabulary';
import type { z } from 'zod';
import { iso } from '../../core/clock.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import { SYSTEM } from '../../domain/events.ts';
import type { Ids } from '../../domain/ids.ts';
import { seatIndex } from '../../domain/session.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Member } from '../../room/member.ts';
import type { HandlersOf, PartOf, RoomContext } from '../../room/room-part.ts';
import type { LiveSpeech } from '../../speech/live-speech.ts';
import type { Translator } from '../../speech/translation.ts';
import { CaptionAudience, type Caption } from './caption-audience.ts';
import { DeviceTranscription } from './device-transcription.ts';
import {
  captionedSeats,
  isMadeOnDevices,
  mayBeCaptioned,
  mayShowAutomatic,
  spokenLanguage,
  viewOf,
  type Situation,
} from './rules.ts';
import { Transcription, type Transcript } from './transcription.ts';

export interface RoomCaptionsOptions {
  /** Null if this server transcribes nothing. */
  readonly speech: LiveSpeech | null;
  /** Null if this server translates nothing. */
  readonly translator: Translator | null;
  readonly ids: Ids;
}

/** How many captions a human may write: a fast one has about three words a second, and corrects them. */
const HUMAN_RATE = { perSecond: 10, burst: 30 };

/**
 * The captions of a live session. With every change of the session, of the people present and of those who read, it decides again
 * whose speech is transcribed. Texts are forwarded, not kept.
 */
export class RoomCaptions implements PartOf<typeof contract> {
  readonly #room: RoomContext;
  readonly #options: RoomCaptionsOptions;
  readonly #audience: CaptionAudience;
  readonly #transcriptions = new Map<string, Transcription | DeviceTranscription>();
  /** The last automatic text of a person that is not final. */
  readonly #unfinished = new Map<string, Caption>();
  /** When a human last wrote what a person said, by user id. */
  readonly #humanAt = new Map<string, number>();
  readonly #humanRate: TokenBucket;
  /** What each page was last sent, so that it is told of changes only. */
  readonly #sent = new WeakMap<MemberConnection, string>();
  #isNotedAsOn = false;

  constructor(room: RoomContext, options: RoomCaptionsOptions) {
    this.#room = room;
    this.#options = options;
    this.#audience = new CaptionAudience({ translator: options.translator, logger: room.logger });
    this.#humanRate = new TokenBucket(HUMAN_RATE, room.clock);
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'captions:watch': ({ connection }, { on, translateTo }) => {
      if (this.#room.session.options.captions === 'off') throw new TelevisitError('captions_off');
      if (on) this.#audience.add(connection, translateTo);
      else this.#audience.delete(connection);
      this.#decide();
      return null;
    },
    'captions:say': ({ connection, member }, said) => {
      this.#onDeviceOf(member).say(connection, said);
      return null;
    },
    'captions:problem': ({ connection, member }, { problem }) => {
      this.#onDeviceOf(member).report(connection, problem);
      return null;
    },
  };

  snapshot(viewer: Member): { captions: CaptionsView } {
    return { captions: this.#viewOf(viewer) };
  }

  onConnected(connection: MemberConnection): void {
    const member = this.#room.members.get(connection.userId);
    if (member && this.#hasCaptions) this.#send(member, connection);
  }

  onDisconnected(connection: MemberConnection): void {
    const transcription = this.#transcriptions.get(connection.userId);
    if (transcription instanceof DeviceTranscription) transcription.disconnected(connection);
    if (this.#audience.delete(connection)) this.#decide();
  }

  onSession(): void {
    this.#decide();
  }

  onJoined(): void {
    this.#decide();
  }

  onLeft({ connections }: Member): void {
    for (const connection of connections) this.#audience.delete(connection);
    this.#decide();
  }

  /** Shows what a human wrote. @returns how many pages were shown it */
  onRequest(request: unknown): number {
    const { userId, ...text } = captionRequest.parse(request);
    const { session } = this.#room;
    if (!mayBeCaptioned(session, seatIndex(session, userId))) throw new TelevisitError('captions_not_agreed');
    if (!this.#humanRate.take()) throw new TelevisitError('too_many_requests', { retryAfter: 1 });
    return this.#showHuman(userId, text);
  }

  close(): void {
    for (const transcription of this.#transcriptions.values()) transcription.close({ discard: true });
    this.#transcriptions.clear();
    this.#note(false);
  }

  get #hasCaptions(): boolean {
    return this.#room.session.options.captions !== 'off';
  }

  get #situation(): Situation {
    const { session, members } = this.#room;
    const seats = [...members.participants].map(({ userId }) => seatIndex(session, userId));
    return { present: new Set(seats.filter((seat) => seat >= 0)), isWatched: !this.#audience.isEmpty };
  }

  /** Starts and stops transcriptions as the rules say, and tells people about it. */
  #decide(): void {
    const { session, closed } = this.#room;
    if (closed) return;
    const wanted = captionedSeats(session, this.#situation);
    for (const [userId, transcription] of this.#transcriptions) {
      const seat = seatIndex(session, userId);
      const isOnDevice = transcription instanceof DeviceTranscription;
      if (wanted.has(seat) && isOnDevice === isMadeOnDevices(session)) continue;
      // The last words of a person who has left may still be shown; those of a person who has withdrawn must not.
      this.#transcriptions.delete(userId);
      transcription.close({ discard: !mayBeCaptioned(session, seat) });
    }
    for (const seat of wanted) {
      const userId = session.seats[seat]?.userId;
      if (userId !== undefined && !this.#transcriptions.has(userId)) this.#transcribe(userId, seat);
    }
    this.#tell();
  }

  #transcribe(userId: string, seat: number): void {
    const { speech, ids } = this.#options;
    const { session, clock, logger } = this.#room;
    const language = spokenLanguage(session, seat);
    const common = {
      newId: () => ids.unique(),
      clock,
      onText: (transcript: Transcript) => this.#showAutomatic(userId, language, transcript),
      onProblem: () => this.#tell(),
    };
    if (isMadeOnDevices(session)) {
      this.#transcriptions.set(userId, new DeviceTranscription(common));
    } else if (speech) {
      const { vocabulary } = session.options;
      const openReceiver = this.#room.openReceiver.bind(this.#room);
      const options = { ...common, userId, language, vocabulary, speech, openReceiver, logger };
      this.#transcriptions.set(userId, Transcription.start(options));
    }
  }

  /** @throws {TelevisitError} if the page of a member is not to send what they say */
  #onDeviceOf({ userId }: Member): DeviceTranscription {
    const { session } = this.#room;
    if (!this.#hasCaptions) throw new TelevisitError('captions_off');
    if (!mayBeCaptioned(session, seatIndex(session, userId))) throw new TelevisitError('captions_not_agreed');
    const transcription = this.#transcriptions.get(userId);
    if (transcription instanceof DeviceTranscription) return transcription;
    throw new TelevisitError('captions_not_wanted');
  }

  #showAutomatic(userId: string, language: string, { startedAt, ...transcript }: Transcript): void {
    const { session, clock, closed } = this.#room;
    const caption = {
      userId,
      ...transcript,
      startedAt: iso(startedAt),
      language,
      source: 'automatic',
    } as const;
    // An empty text takes back what is on screens.
    const mayShow =
      mayBeCaptioned(session, seatIndex(session, userId)) &&
      mayShowAutomatic(this.#humanAt.get(userId), clock.now());
    if (closed || (!mayShow && caption.text !== '')) return;
    if (caption.final) this.#unfinished.delete(userId);
    else this.#unfinished.set(userId, caption);
    this.#audience.send(caption);
  }

  #showHuman(userId: string, text: Omit<z.output<typeof captionRequest>, 'userId'>): number {
    const { session, clock } = this.#room;
    const now = clock.now();
    this.#humanAt.set(userId, now);
    const unfinished = this.#unfinished.get(userId);
    this.#unfinished.delete(userId);
    if (unfinished) this.#audience.send({ ...unfinished, text: '', final: true });
    const language = spokenLanguage(session, seatIndex(session, userId));
    return this.#audience.send({ userId, ...text, startedAt: iso(now), language, source: 'human' });
  }

  #tell(): void {
    if (!this.#hasCaptions) return;
    for (const member of this.#room.members) {
      for (const connection of member.connections) this.#send(member, connection);
    }
    this.#note([...this.#transcriptions.values()].some(({ problem }) => problem === null));
  }

  /** Sends a page its view, unless it has it. */
  #send(member: Member, connection: MemberConnection): void {
    const view = this.#viewOf(member);
    const text = JSON.stringify(view);
    if (this.#sent.get(connection) === text) return;
    this.#sent.set(connection, text);
    connection.emit('captions:changed', view);
  }

  #viewOf({ userId }: Member): CaptionsView {
    const { session } = this.#room;
    const { speech, translator } = this.#options;
    return viewOf(session, seatIndex(session, userId), this.#situation, {
      automatic: speech !== null,
      translation: translator !== null,
      problem: this.#problem,
    });
  }

  get #problem(): CaptionsProblem | null {
    const problems = new Set([...this.#transcriptions.values()].map(({ problem }) => problem));
    return CAPTIONS_PROBLEMS.find((problem) => problems.has(problem)) ?? null;
  }

  /** Records in the audit log that speech is being transcribed, or no longer. */
  #note(isOn: boolean): void {
    if (this.#isNotedAsOn === isOn) return;
    this.#isNotedAsOn = isOn;
    const { sessions, sessionId, logger } = this.#room;
    sessions
      .note(sessionId, { type: isOn ? 'captions.started' : 'captions.stopped', by: SYSTEM })
      .catch((error: unknown) => logger.warn({ err: error }, 'failed to record that captions changed'));
  }
}

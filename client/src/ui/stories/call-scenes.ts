import type { RecordingView } from '@televisit/shared/features/recording';
import { permissionsOf, type Role } from '@televisit/shared/vocabulary';
import type { ChatMessage, ParticipantView, WaitingView } from '@televisit/shared/signaling';
import type { CaptionsState, RemoteTrack, VisitState } from '../../sdk/index.ts';
import { DEFAULT_OPTIONS, INITIAL_STATE } from '../testing/fakes.ts';
import { paintedTrack } from './painted-tracks.ts';

const NAMES = [
  'Ana Pérez',
  'Dr. Jonas Weber',
  'Leïla Haddad',
  'Tom',
  'Wilhelmina van der Westhuizen-Oosterhout',
  'Yuki',
  'ليلى حداد',
  'Eva Novák',
  'Ben',
  'Ingrid Lindqvist',
  'Paul O’Neill',
  'Mei',
  'Rosa',
  'Karl',
  'Sofia',
  'Ali',
  'Nora',
  'Hugo',
  'Iris',
  'Otto',
  'Lena',
  'Marc',
  'Zoë',
  'Ida',
];
const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString();

export interface SceneOptions {
  /** The number of other participants. */
  readonly others: number;
  readonly role: Role;
  readonly share: boolean;
  readonly waiting: number;
  readonly messages: boolean;
  /** Minutes since the start of a visit of 30 minutes. */
  readonly minutes: number;
  /** Shows every state of a tile. */
  readonly troubles: boolean;
  /** The recording; null for a visit that is not recorded. */
  readonly recording: RecordingView | null;
  /** The captions; null for a visit without. */
  readonly captions: CaptionsState | null;
}

/** Returns the state of a client in a visit. */
export function scene(options: SceneOptions): Partial<VisitState> {
  const { others, role, minutes } = options;
  const people = Array.from({ length: others }, (_, index) => personOf(index, options));
  const self = { userId: 'me', role, displayName: 'Dr. Marie Keller', permissions: permissionsOf(role) };
  const camera = paintedTrack(99, 640, 360, 'person');
  return {
    phase: 'joined',
    connection: 'connected',
    self,
    me: { ...personOf(90, options), ...self, handRaisedAt: null },
    session: {
      sessionId: 's',
      roomName: 'r',
      sfuNodeId: 'n',
      provider: 'sfu',
      title: 'Follow-up after surgery',
      description:
        'How the wound heals, and which medicine to go on with.\nPlease have your list of medicines at hand.',
      scheduledAt: ago(minutes),
      durationMinutes: 30,
      closesAt: ago(-60),
      options: {
        ...DEFAULT_OPTIONS,
        waitingRoom: 'admit',
        reactions: true,
        recording: options.recording?.mode ?? 'off',
        captions: options.captions?.view?.mode ?? 'off',
        captionsMadeOn: options.captions?.view?.ownSpeech ? 'device' : 'server',
      },
      people: [
        { ...self },
        ...people.map(({ userId, role: seat, displayName }) => ({ userId, role: seat, displayName })),
      ],
      hostNotes: '',
      returnUrl: null,
    },
    participants: people,
    tracks: people.flatMap((person, index) => tracksOf(person, index)),
    room: { locked: options.troubles, screenShareAllowed: true, activeSpeaker: people[0]?.userId ?? null },
    waitingPeople: Array.from({ length: options.waiting }, (_, index) => waitingOf(index)),
    chat: {
      messages: options.messages ? conversation(people) : [],
      pending: options.messages ? pending() : [],
      unread: options.messages ? 2 : 0,
    },
    recording: options.recording,
    ...(options.captions && { captions: options.captions }),
    hostNotes: '',
    startedAt: Date.now() - minutes * MINUTE,
    network: { level: 'good', rttMs: 40, lossPercent: 0, deviceBusy: false, relayed: false },
    local: {
      ...INITIAL_STATE.local,
      camera: { state: 'on', track: camera, problem: null, busy: false },
      microphone: { state: options.troubles ? 'off' : 'on', track: null, problem: null, busy: false },
    },
    reactions:
      options.troubles && people[0] ? [{ id: 1, userId: people[0].userId, reaction: 'thumbs_up' }] : [],
  };
}

/** Returns the recording that the address of a story describes: `recording=waiting&consent=false&unanswered=1`. */
export function recordingIn(query: URLSearchParams): RecordingView | null {
  const state = query.get('recording');
  if (state === null) return null;
  const consent = query.get('consent');
  return {
    mode: query.has('required') ? 'required' : 'on-request',
    state: state as RecordingView['state'],
    unanswered: Number(query.get('unanswered') ?? 0),
    refused: Number(query.get('refused') ?? 0),
    consent: consent === null ? null : consent === 'true',
    isRecorded: query.has('recorded'),
    transcript: query.has('transcript') ? 'required' : 'off',
    transcriptConsent: query.has('transcript') ? query.get('transcript') === 'true' : null,
  };
}

function personOf(index: number, { share, troubles }: SceneOptions): ParticipantView {
  const trouble = troubles ? index % 6 : 0;
  return {
    userId: `p${index}`,
    role: index === 1 ? 'interpreter' : 'patient',
    displayName: NAMES[index] ?? null,
    media: {
      camera: trouble === 2 ? 'off' : trouble === 4 ? 'none' : 'on',
      microphone: trouble === 1 ? 'off' : 'on',
      screen: share && index === 0 ? 'on' : 'none',
      screenAudio: 'none',
    },
    connected: trouble !== 3,
    away: trouble === 5,
    handRaisedAt: troubles && index < 2 ? ago(2 - index) : null,
    network: trouble === 1 ? 'poor' : trouble === 2 ? 'fair' : 'good',
    joinedAt: ago(10),
  };
}

function tracksOf({ userId, media }: ParticipantView, index: number): RemoteTrack[] {
  const upright = index % 5 === 3;
  const camera = paintedTrack(index, upright ? 360 : 640, upright ? 640 : 360, 'person');
  const screen = media.screen === 'on' ? paintedTrack(index, 1280, 800, 'document') : null;
  return [
    { consumerId: `c${index}`, userId, source: 'camera', track: camera },
    ...(screen ? [{ consumerId: `s${index}`, userId, source: 'screen' as const, track: screen }] : []),
  ];
}

function waitingOf(index: number): WaitingView {
  return {
    userId: `w${index}`,
    role: 'patient',
    displayName: ['Gertrud Baumann', 'Sam', null][index % 3] ?? null,
    since: ago(3 - index),
    connected: index !== 1,
    network: index === 0 ? 'good' : 'poor',
  };
}

function conversation(people: readonly ParticipantView[]): ChatMessage[] {
  const line = (seq: number, from: number | null, text: string | null, minutes: number): ChatMessage => {
    const person = from === null ? null : people[from];
    return {
      seq,
      clientId: `m${seq}`,
      userId: person?.userId ?? 'me',
      displayName: person?.displayName ?? null,
      role: person?.role ?? 'doctor',
      text,
      at: ago(minutes),
      file:
        text === null
          ? {
              fileId: 'f',
              name: 'Photo of the wound, left knee.png',
              contentType: 'image/png',
              bytes: 1_440_000,
            }
          : null,
    };
  };
  return [
    line(1, 0, 'Good morning, doctor!', 9),
    line(2, 0, 'I can hear you well.', 9),
    line(
      3,
      null,
      'Good morning. Please read this before we go on: https://clinic.example/knee?step=2 (one page).',
      7,
    ),
    line(4, 0, null, 4),
    line(5, 0, 'شكرا جزيلا', 2),
    line(6, 0, 'It hurts a little when I climb the stairs, and at night when I lie on the left side.', 1),
  ];
}

function pending() {
  return [
    { clientId: 'x1', text: null, fileName: 'Plan.pdf', progress: 0.4, failed: null },
    {
      clientId: 'x2',
      text: 'See you next week',
      fileName: null,
      progress: 0,
      failed: 'too_many_messages' as const,
    },
  ];
}

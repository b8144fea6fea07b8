import type { AgoraSdk } from '../features/meeting/agora/agora-sdk.ts';
import { agoraError, FakeAgora } from '../features/meeting/agora/testing/fake-agora.ts';
import { paintedTrack } from './painted-tracks.ts';

export const PEOPLE = [
  { userId: 'me', role: 'doctor', displayName: 'Dr. Marie Keller', present: true, hasLeft: false },
  { userId: 'ana', role: 'patient', displayName: 'Ana Pérez', present: true, hasLeft: false },
  {
    userId: 'willem',
    role: 'interpreter',
    displayName: 'Wilhelmina van der Westhuizen-Oosterhout',
    present: true,
    hasLeft: false,
  },
  { userId: 'omar', role: 'guest', displayName: 'عمر الخطيب', present: true, hasLeft: false },
  {
    userId: 'Zoë',
    role: 'guest',
    displayName: 'Zoë Lang',
    present: true,
    hasLeft: false,
    account: '~seat-41aa',
  },
] as const;

const forever = () => new Promise<never>(() => undefined);

/** Prepares what each scene differs in, before and after the person has joined. */
interface Scene {
  readonly before?: (agora: FakeAgora) => void;
  readonly after?: (agora: FakeAgora) => void;
}

const send = (agora: FakeAgora, uid: string, ...media: ('audio' | 'video')[]) => {
  agora.client.come(uid);
  for (const one of media) agora.client.send(uid, one);
};

const SCENES: Readonly<Record<string, Scene>> = {
  joining: { before: ({ answers }) => void answers.push(forever()) },
  alone: {},
  two: { after: (agora) => send(agora, 'ana', 'audio', 'video') },
  four: {
    after: (agora) => {
      send(agora, 'ana', 'audio', 'video');
      send(agora, 'willem', 'video');
      send(agora, 'omar');
      send(agora, '~seat-41aa', 'audio');
    },
  },
  closing: { after: (agora) => send(agora, 'ana', 'audio', 'video') },
  reconnecting: {
    after: (agora) => {
      send(agora, 'ana', 'audio', 'video');
      agora.client.connection('RECONNECTING');
    },
  },
  devices: {
    before: ({ broken }) =>
      Object.assign(broken, { camera: 'NOT_READABLE', microphone: 'PERMISSION_DENIED' }),
    after: (agora) => send(agora, 'ana', 'audio', 'video'),
  },
  unreachable: { before: ({ answers }) => void answers.push(Promise.reject(agoraError('WS_ERR'))) },
  refused: { before: ({ answers }) => void answers.push(Promise.reject(agoraError('TOKEN_EXPIRE'))) },
  replaced: { before: ({ answers }) => void answers.push(Promise.reject(agoraError('UID_CONFLICT'))) },
};

/** Returns an SDK that plays a scene. */
export function agoraScene(name: string): () => Promise<AgoraSdk> {
  const scene = SCENES[name] ?? {};
  let number = 0;
  const agora = new FakeAgora((source) =>
    source === 'microphone' || source === 'audio' ? silence() : paintedTrack(++number, 640, 480, 'person'),
  );
  scene.before?.(agora);
  const createClient = agora.createClient.bind(agora);
  agora.createClient = () => {
    const client = createClient();
    const join = client.join.bind(client);
    client.join = async (...args) => {
      await join(...args);
      setTimeout(() => scene.after?.(agora));
    };
    return client;
  };
  return agora.load;
}

function silence(): MediaStreamTrack {
  const [track] = new AudioContext().createMediaStreamDestination().stream.getAudioTracks();
  if (!track) throw new Error('no track');
  return track;
}

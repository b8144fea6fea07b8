import type { FeatureEntry } from './feature.ts';

/** The features that no setting switches off load with the visit. */
const always: FeatureEntry['isEnabled'] = ({ session }) => session !== null;

/** Whether the browser refuses camera or microphone, may refuse them to a provider's call, or cannot make calls at all. */
const needsHelp: FeatureEntry['isEnabled'] = ({ local, error, meeting }) =>
  (meeting?.opening.kind === 'open' && meeting.opening.entry.kind === 'credentials') ||
  [local.camera, local.microphone].some(
    ({ problem }) => problem === 'media_denied' || problem === 'media_insecure',
  ) ||
  error?.code === 'unsupported_browser';

/** Every feature of the page, in the order in which they contribute to screens. */
export const FEATURES: readonly FeatureEntry[] = [
  {
    name: 'announcements',
    isEnabled: always,
    load: async () => (await import('./announcements/index.tsx')).announcements,
  },
  {
    name: 'waiting-room',
    isEnabled: always,
    load: async () => (await import('./waiting-room/index.tsx')).waitingRoom,
  },
  {
    name: 'hands',
    isEnabled: always,
    load: async () => (await import('./hands/index.tsx')).hands,
  },
  {
    name: 'screen-share',
    isEnabled: always,
    load: async () => (await import('./screen-share/index.tsx')).screenShare,
  },
  {
    name: 'moderation',
    isEnabled: always,
    load: async () => (await import('./moderation/index.tsx')).moderation,
  },
  {
    name: 'reactions',
    isEnabled: ({ session }) => session?.options.reactions === true,
    load: async () => (await import('./reactions/index.tsx')).reactions,
  },
  {
    name: 'chat',
    isEnabled: ({ session }) => session?.options.chat === true,
    load: async () => (await import('./chat/index.tsx')).chat,
  },
  {
    name: 'polls',
    isEnabled: ({ session }) => session?.options.polls === true,
    load: async () => (await import('./polls/index.tsx')).polls,
  },
  {
    name: 'recording',
    isEnabled: ({ session }) => session !== null && session.options.recording !== 'off',
    load: async () => (await import('./recording/index.tsx')).recording,
  },
  {
    name: 'captions',
    isEnabled: ({ session }) => session !== null && session.options.captions !== 'off',
    load: async () => (await import('./captions/index.tsx')).captions,
  },
  {
    name: 'permission-help',
    isEnabled: needsHelp,
    load: async () => (await import('./permission-help/index.tsx')).permissionHelp,
  },
  {
    name: 'meeting',
    isEnabled: ({ phase }) => phase === 'meeting',
    load: async () => (await import('./meeting/index.tsx')).meeting,
  },
  {
    name: 'feedback',
    isEnabled: ({ feedback }) => feedback === 'open',
    load: async () => (await import('./feedback/index.tsx')).feedback,
  },
];

import type { chat as contract } from '@televisit/shared/features/chat';
import { defineClientFeature } from '../feature.ts';
import { ChatApi, type Chat } from './chat-api.ts';
import { caughtUp, NO_CHAT, type ChatSlice } from './chat-state.ts';

export const chat = defineClientFeature<typeof contract, ChatSlice, Chat>({
  name: 'chat',
  initial: { chat: NO_CHAT },
  create: ({ store, signaling, request, stored }) => {
    const api = new ChatApi({ store, signaling, request, kept: stored('chat-read') });
    return {
      commands: api,
      handlers: {
        // Messages have numbers, so it does not matter which node delivers them, or whether both do.
        'chat:message': (message) => api.received(message),
      },
      admitted: (state, admission) => {
        if (admission.kind !== 'joined') return state;
        const { result, isPending } = admission;
        const joined = new Set(result.chat.map(({ seq }) => seq));
        // A pending target lacks the messages that came over the previous node since the join.
        const later = isPending ? state.chat.messages.filter(({ seq }) => !joined.has(seq)) : [];
        const reader = { self: result.self.userId, ...api.reading };
        return { ...state, chat: caughtUp(state.chat, [...result.chat, ...later], reader) };
      },
      entered: () => api.entered(),
      interrupted: () => api.interrupted(),
      stopped: () => api.stop(),
    };
  },
});

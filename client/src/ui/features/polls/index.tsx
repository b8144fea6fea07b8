import type { PollView } from '@televisit/shared/features/polls';
import { useEffect } from 'preact/hooks';
import type { VisitState } from '../../../sdk/index.ts';
import type { CallAction } from '../../actions/call-action.ts';
import { Icon } from '../../components/icons.tsx';
import { useCall, type CallTools } from '../../hooks/call.ts';
import { Lazy } from '../../hooks/lazy.ts';
import type { CallPanel } from '../../panels/call-panel.ts';
import type { UiFeature } from '../feature.ts';
import { t } from './texts.ts';

/** Returns the polls in which this person can vote and has not. */
const unanswered = ({ publishes, state }: CallTools) =>
  state.polls.filter(({ closedAt, mine }) => publishes && closedAt === null && mine.length === 0);

const openPolls: CallAction = {
  id: 'polls',
  placement: { order: 65, toolbar: { rank: 7 } },
  testId: 'poll-toggle',
  isAvailable: ({ host, state }) => host || state.polls.length > 0,
  label: (call) => t(unanswered(call).length > 0 ? 'polls.titleOpen' : 'polls.title'),
  caption: () => t('polls.title'),
  icon: () => (
    <Icon>
      <path d="M4 6h11M4 12h16M4 18h7" stroke-width="3" />
    </Icon>
  ),
  look: (call) => ({ badge: unanswered(call).length }),
  run: ({ togglePanel }) => togglePanel('polls'),
};

const panel: CallPanel = {
  id: 'polls',
  title: () => t('polls.title'),
  opener: 'polls',
  component: new Lazy(async () => (await import('./poll-panel.tsx')).PollPanel),
};

/** Offers the panel when another host opens a poll; a notice cannot open panels. */
function NewPollNotice() {
  const call = useCall();
  const { host, panel: shown, togglePanel, toasts } = call;
  const [open] = unanswered(call);
  const pollId = open?.pollId;
  useEffect(() => {
    if (!open || host || shown === 'polls') return;
    toasts.show({
      id: 'poll',
      text: t('polls.asked', { question: open.question }),
      tone: 'plain',
      actions: [
        {
          label: t('polls.show'),
          primary: true,
          testId: 'poll-show',
          onSelect: () => togglePanel('polls'),
        },
      ],
    });
  }, [pollId]);
  return null;
}

function announce(before: VisitState, after: VisitState): string[] {
  return after.polls.flatMap((poll) => {
    const { question, closedAt, mine } = poll;
    const old = before.polls.find(({ pollId }) => pollId === poll.pollId);
    if (!old) return closedAt === null ? [t('polls.asked', { question })] : [];
    if (old.closedAt === null && closedAt !== null)
      return [t('say.pollClosed', { question }), ...results(poll)];
    return String(old.mine) === String(mine) ? [] : [t('say.pollVoted')];
  });
}

const results = ({ answers, counts }: PollView) =>
  answers.map((answer, index) =>
    t('say.pollResult', { answer, votes: t('polls.votes', { count: counts[index] ?? 0 }) }),
  );

export const polls: UiFeature = {
  actions: [openPolls],
  panels: [panel],
  Overlay: NewPollNotice,
  announce,
};

import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { REACTION_KINDS } from '../features/reactions/reaction-kinds.ts';
import { t } from '../../locales/index.ts';
import { visibleActions, type Ranked } from './toolbar-overflow.ts';
import { ChatIcon, HandIcon, MoreIcon, PeopleIcon, ShareIcon, SmileIcon } from '../components/call-icons.tsx';
import { Control } from './control.tsx';
import { CameraIcon, EndIcon, LeaveIcon, MicrophoneIcon } from '../components/icons.tsx';
import { MenuButton, type MenuEntry } from '../components/menu.tsx';
import { EMOJI } from '../components/indicators.tsx';
import { useCall, type CallTools } from '../hooks/call.ts';
import { moreEntries } from './more-entries.tsx';
import { cameraPaused } from '../stage/media-quality.ts';
import { useSize } from '../hooks/page.ts';

/** An action that stands in the bar where there is room, and in the menu where there is none. */
interface Action extends Ranked {
  readonly control: ComponentChildren;
  readonly entries: readonly MenuEntry[];
}

/** The width of one control with its gap, in rem; narrow bars have smaller ones. The style sheet has the same numbers. */
const SIZES = [
  { bar: 'tiny', below: 22, one: 2.95 },
  { bar: 'compact', below: 44, one: 3.75 },
  { bar: 'wide', below: Infinity, one: 5.5 },
] as const;

export function ControlBar() {
  const tools = useCall();
  const { client, publishes } = tools;
  const bar = useRef<HTMLDivElement>(null);
  const { width, rem } = useSize(bar);
  const size = SIZES.find(({ below }) => width < below * rem) ?? SIZES[2];
  const one = size.one * rem;
  const actions = actionsOf(tools);
  const always = (publishes ? 2 : 0) + 2;
  const shown = visibleActions(actions, width, one, always * one);
  const hidden = actions.filter((action) => !shown.includes(action));
  const badge = hidden.flatMap(({ entries }) => entries).reduce((sum, entry) => sum + (entry.badge ?? 0), 0);
  return (
    <div
      ref={bar}
      class="controls"
      data-bar={size.bar}
      role="group"
      aria-label={t('call.controls')}
      onClick={releaseFocus}
    >
      {publishes && <DeviceControl source="microphone" />}
      {publishes && <DeviceControl source="camera" />}
      {shown
        .filter(({ id }) => id !== 'end')
        .map(({ id, control }) => (
          <Slot key={id}>{control}</Slot>
        ))}
      <MenuButton
        class="bar-control bar-plain"
        testId="more-menu"
        label={t('call.more')}
        entries={[...hidden.flatMap(({ entries }) => entries), ...moreEntries(tools)]}
      >
        <span class="bar-icon">
          <MoreIcon />
          {badge > 0 && (
            <span class="badge" aria-hidden="true">
              {badge}
            </span>
          )}
        </span>
        <span class="bar-caption" aria-hidden="true">
          {t('call.more')}
        </span>
      </MenuButton>
      {shown
        .filter(({ id }) => id === 'end')
        .map(({ id, control }) => (
          <Slot key={id}>{control}</Slot>
        ))}
      <Control
        testId="leave-button"
        label={t('call.leave')}
        caption={t('call.leave')}
        tone="danger"
        onClick={() => void client.leave()}
      >
        <LeaveIcon />
      </Control>
    </div>
  );
}

/** A pointer leaves no focus behind, where Space would press the same button once more; the keyboard keeps its place. */
function releaseFocus({ detail, currentTarget }: MouseEvent): void {
  const focused = document.activeElement;
  if (detail === 0 || !(focused instanceof HTMLElement)) return;
  if ((currentTarget as Element).contains(focused)) focused.blur();
}

function Slot({ children }: { children: ComponentChildren }) {
  return <>{children}</>;
}

function DeviceControl({ source }: { source: 'microphone' | 'camera' }) {
  const { client, state } = useCall();
  const local = state.local[source];
  const on = local.state === 'on';
  const absent = local.state === 'none' && !local.busy;
  const paused = source === 'camera' && cameraPaused(state);
  const name = t(source === 'camera' ? 'call.cam' : 'call.mic');
  return (
    <Control
      testId={source === 'camera' ? 'camera-toggle' : 'mic-toggle'}
      label={name}
      caption={name}
      note={paused ? t('call.cameraPaused') : absent ? t(`toggle.${source}.none`) : null}
      paused={paused}
      pushToTalk={source === 'microphone'}
      tone={on ? 'plain' : 'off'}
      pressed={on}
      busy={local.busy}
      onClick={() => void client.setOn(source, !on)}
    >
      {source === 'camera' ? <CameraIcon off={!on} /> : <MicrophoneIcon off={!on} />}
    </Control>
  );
}

function actionsOf(tools: CallTools): Action[] {
  return [
    ...mediaActions(tools),
    ...(tools.state.session?.options.chat === true ? [chatAction(tools)] : []),
    peopleAction(tools),
    ...(tools.state.self?.permissions.includes('end_session') ? [endAction(tools)] : []),
  ];
}

function mediaActions(tools: CallTools): Action[] {
  const { state, publishes, host } = tools;
  if (!publishes) return [];
  // TypeScript's DOM says that it is always there; on phones it is not.
  const canShare =
    (navigator.mediaDevices as Partial<MediaDevices> | undefined)?.getDisplayMedia !== undefined;
  const mayShare = host || state.room.screenShareAllowed;
  const shares = state.local.screen.state === 'on';
  return [
    ...((canShare && mayShare) || shares ? [shareAction(tools, shares)] : []),
    handAction(tools),
    ...(state.session?.options.reactions === true ? [reactionAction(tools)] : []),
  ];
}

function shareAction({ state, toggleShare }: CallTools, shares: boolean): Action {
  const label = t(shares ? 'share.stop' : 'share.start');
  const icon = <ShareIcon off={shares} />;
  return {
    id: 'share',
    rank: 5,
    control: (
      <Control
        testId="screen-toggle"
        label={label}
        caption={t(shares ? 'share.stopShort' : 'share.short')}
        tone={shares ? 'active' : 'plain'}
        busy={state.local.screen.busy}
        onClick={toggleShare}
      >
        {icon}
      </Control>
    ),
    entries: [{ id: 'share', label, icon, testId: 'screen-toggle', onSelect: toggleShare }],
  };
}

function handAction({ state, toggleHand }: CallTools): Action {
  const raised = state.me?.handRaisedAt != null;
  const label = t(raised ? 'call.lowerHand' : 'call.raiseHand');
  return {
    id: 'hand',
    rank: 4,
    control: (
      <Control
        testId="hand-toggle"
        label={label}
        caption={t(raised ? 'call.lowerHandShort' : 'call.hand')}
        tone={raised ? 'active' : 'plain'}
        onClick={toggleHand}
      >
        <HandIcon />
      </Control>
    ),
    entries: [{ id: 'hand', label, icon: <HandIcon />, testId: 'hand-toggle', onSelect: toggleHand }],
  };
}

function reactionAction({ client, attempt }: CallTools): Action {
  const entries = REACTION_KINDS.map((reaction) => ({
    id: reaction,
    label: t(`reactions.${reaction}`),
    icon: (
      <span class="emoji" aria-hidden="true">
        {EMOJI[reaction]}
      </span>
    ),
    inRow: true,
    testId: `reaction-${reaction}`,
    onSelect: () => attempt(client.react(reaction)),
  }));
  return {
    id: 'reactions',
    rank: 6,
    control: (
      <MenuButton
        class="bar-control bar-plain"
        testId="reactions-menu"
        label={t('reactions.title')}
        entries={entries}
      >
        <span class="bar-icon">
          <SmileIcon />
        </span>
        <span class="bar-caption" aria-hidden="true">
          {t('reactions.short')}
        </span>
      </MenuButton>
    ),
    entries,
  };
}

function chatAction({ state, panel, togglePanel }: CallTools): Action {
  const { unread } = state.chat;
  const label = unread > 0 ? t('chat.openUnread', { count: unread }) : t('chat.title');
  const toggle = () => togglePanel('chat');
  return {
    id: 'chat',
    rank: 1,
    control: (
      <Control
        testId="chat-toggle"
        label={label}
        caption={t('chat.title')}
        tone={panel === 'chat' ? 'active' : 'plain'}
        expanded={panel === 'chat'}
        badge={unread}
        onClick={toggle}
      >
        <ChatIcon />
      </Control>
    ),
    entries: [
      { id: 'chat', label, icon: <ChatIcon />, testId: 'chat-toggle', badge: unread, onSelect: toggle },
    ],
  };
}

function peopleAction({ state, panel, togglePanel }: CallTools): Action {
  const waiting = state.waitingPeople.length;
  const label = waiting > 0 ? t('people.openWaiting', { count: waiting }) : t('people.title');
  const toggle = () => togglePanel('people');
  return {
    id: 'people',
    rank: 2,
    control: (
      <Control
        testId="participants-toggle"
        label={label}
        caption={t('people.title')}
        tone={panel === 'people' ? 'active' : 'plain'}
        expanded={panel === 'people'}
        badge={waiting}
        onClick={toggle}
      >
        <PeopleIcon />
      </Control>
    ),
    entries: [
      {
        id: 'people',
        label,
        icon: <PeopleIcon />,
        testId: 'participants-toggle',
        badge: waiting,
        onSelect: toggle,
      },
    ],
  };
}

function endAction({ openDialog }: CallTools): Action {
  const end = () => openDialog('end');
  return {
    id: 'end',
    rank: 3,
    control: (
      <Control testId="end-button" label={t('call.end')} caption={t('call.endShort')} onClick={end}>
        <EndIcon />
      </Control>
    ),
    entries: [
      {
        id: 'end',
        label: t('call.end'),
        icon: <EndIcon />,
        danger: true,
        testId: 'end-button',
        onSelect: end,
      },
    ],
  };
}

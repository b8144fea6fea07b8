import type { ParticipantView } from '@televisit/shared/signaling';

import { trackOf, type VisitState } from '../../../sdk/index.ts';
import type { CallAction } from '../../actions/call-action.ts';
import { ShareIcon } from '../../components/call-icons.tsx';
import { Indicator } from '../../components/indicators.tsx';
import type { Toast } from '../../components/toast-queue.ts';
import { nameOf } from '../../format/names.ts';
import { useCall, type CallTools } from '../../hooks/call.ts';
import { newNotice } from '../../screens/call-notices.ts';
import { stageKey, type StageContent } from '../../stage/stage-content.ts';
import type { UiFeature } from '../feature.ts';
import { t } from './texts.ts';
import { ScreenTile, stopEntry } from './screen-tile.tsx';
import './screen-share.css';

const shares = ({ state }: CallTools) => state.local.screen.state === 'on';

const share: CallAction = {
  id: 'share',
  placement: { order: 30, toolbar: { rank: 5 } },
  testId: 'screen-toggle',
  shortcut: { key: 's', label: () => t('shortcuts.share') },
  isAvailable: (call) => {
    // Missing on phones, although TypeScript's DOM declares it.
    const canShare =
      (navigator.mediaDevices as Partial<MediaDevices> | undefined)?.getDisplayMedia !== undefined;
    const mayShare = call.host || call.state.room.screenShareAllowed;
    return call.publishes && ((canShare && mayShare) || shares(call));
  },
  label: (call) => t(shares(call) ? 'share.stop' : 'share.start'),
  caption: (call) => t(shares(call) ? 'share.stopShort' : 'share.short'),
  icon: (call) => <ShareIcon off={shares(call)} />,
  look: (call) => ({ tone: shares(call) ? 'active' : 'plain', busy: call.state.local.screen.busy }),
  run: (call) => {
    if (shares(call)) call.client.stopShare();
    else startShare(call);
  },
};

function startShare({ client, toasts }: CallTools): void {
  client.startShare().catch((error: unknown) => {
    // Closing the browser's dialog is a decision, not a failure.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'media_denied') toasts.show({ id: 'share', text: t('share.failed'), tone: 'warning' });
  });
}

const allowShare: CallAction = {
  id: 'share-allowed',
  placement: { order: 200, menu: true, hostSwitch: true },
  testId: 'share-allowed-toggle',
  isAvailable: ({ host }) => host,
  isPressed: ({ state }) => state.room.screenShareAllowed,
  label: () => t('moderation.shareAllowed'),
  icon: () => <ShareIcon />,
  run: ({ client, state, attempt }) =>
    attempt(client.moderation.allowScreenShare(!state.room.screenShareAllowed)),
};

/** The screens of all participants who share one that has arrived. */
const SCREENS: StageContent = {
  items: (state) =>
    state.participants
      .filter(({ userId, media }) => media.screen === 'on' && trackOf(state, userId, 'screen') !== null)
      .map((person) => ({ key: stageKey('screen', person.userId), person, source: 'screen' })),
  takesLarge: true,
  Tile: ScreenTile,
};

/** Reminds this person that their screen is shared. */
function OwnShare() {
  const call = useCall();
  if (!shares(call)) return null;
  return (
    <div class="toast own-share">
      <p class="toast-text">{t('share.own')}</p>
      <button
        type="button"
        class="button button-small button-danger"
        data-testid="share-stop"
        onClick={() => call.client.stopShare()}
      >
        {t('share.stop')}
      </button>
    </div>
  );
}

function SharingIndicator({ person }: { person: ParticipantView }) {
  return person.media.screen === 'on' ? <Indicator label={t('people.shares')} icon={<ShareIcon />} /> : null;
}

function notices(before: VisitState, after: VisitState): Toast[] {
  const notice = newNotice(before, after, 'share_stopped', 'share_ended');
  if (notice === null) return [];
  const text =
    notice.kind === 'share_ended'
      ? t('share.ended')
      : t('share.wasStopped', { name: notice.by ?? t('call.aHost') });
  return [{ id: 'share', text, tone: 'plain' }];
}

/** A notice says who or what has ended it. */
function ownTexts(before: VisitState, after: VisitState): string[] {
  const [was, is] = [before, after].map(({ local }) => local.screen.state === 'on');
  if (was === is || before.notice?.id !== after.notice?.id) return [];
  return [t(is ? 'share.own' : 'share.ended')];
}

export const screenShare: UiFeature = {
  actions: [share, allowShare],
  stage: [SCREENS],
  Overlay: OwnShare,
  people: {
    Indicator: SharingIndicator,
    actions: (call, person) => [stopEntry(call, person)],
  },
  notices,
  announce: (before, after) => [
    ...ownTexts(before, after),
    ...after.participants.flatMap((person) => {
      const old = before.participants.find(({ userId }) => userId === person.userId);
      // The state of a participant's media is unknown while their connection is down.
      if (!old?.connected || !person.connected || old.media.screen === person.media.screen) return [];
      return [t(`say.screen.${person.media.screen === 'on' ? 'on' : 'off'}`, { name: nameOf(person) })];
    }),
  ],
};

import type { ParticipantView } from '@televisit/shared/signaling';
import { useState } from 'preact/hooks';
import type { VisitClient, VisitState } from '../../../sdk/index.ts';
import type { CallAction } from '../../actions/call-action.ts';
import { LockIcon, UserMinusIcon } from '../../components/call-icons.tsx';
import { CameraIcon, MicrophoneIcon } from '../../components/icons.tsx';
import { Indicator } from '../../components/indicators.tsx';
import { Modal } from '../../components/modal.tsx';
import type { Toast } from '../../components/toast-queue.ts';
import { nameOf } from '../../format/names.ts';
import { useCall, type CallTools } from '../../hooks/call.ts';
import { newNotice } from '../../screens/call-notices.ts';
import type { PersonAction, UiFeature } from '../feature.ts';
import { t } from './texts.ts';

const lock: CallAction = {
  id: 'lock',
  placement: { order: 190, menu: true, hostSwitch: true },
  testId: 'lock-toggle',
  isAvailable: ({ host }) => host,
  isPressed: ({ state }) => state.room.locked,
  label: () => t('moderation.lock'),
  hint: () => t('moderation.lockHint'),
  icon: ({ state }) => <LockIcon open={!state.room.locked} />,
  run: ({ client, state, attempt }) => attempt(client.moderation.lock(!state.room.locked)),
};

/** Asks for confirmation before a participant is removed for good. */
function RemoveDialog({ person, onClose }: { person: ParticipantView; onClose: () => void }) {
  const { client } = useCall();
  const [failed, setFailed] = useState(false);
  const name = nameOf(person);
  const remove = () => {
    setFailed(false);
    client.moderation.remove(person.userId).then(onClose, () => setFailed(true));
  };
  return (
    <Modal title={t('moderation.removeTitle', { name })} onClose={onClose}>
      <p>{t('moderation.removeText')}</p>
      {failed && (
        <p class="modal-error" role="alert">
          {t('call.failed')}
        </p>
      )}
      <div class="modal-buttons">
        <button type="button" class="button button-quiet" onClick={onClose}>
          {t('call.cancel')}
        </button>
        <button type="button" class="button button-danger" data-testid="remove-confirm" onClick={remove}>
          {t('moderation.removeConfirm')}
        </button>
      </div>
    </Modal>
  );
}

function LockedIndicator() {
  const { state } = useCall();
  return state.room.locked ? <Indicator label={t('call.locked')} icon={<LockIcon />} /> : null;
}

function personActions(call: CallTools, person: ParticipantView): (PersonAction | false)[] {
  const { client, host, attempt, openDialog } = call;
  const { userId, media } = person;
  if (!host) return [];
  return [
    media.microphone === 'on' && {
      id: 'mute',
      order: 10,
      label: t('moderation.mute'),
      icon: <MicrophoneIcon off />,
      onSelect: () => attempt(client.moderation.mute(userId, 'microphone')),
    },
    media.microphone === 'off' && {
      id: 'unmute',
      order: 20,
      label: t('moderation.askToUnmute'),
      icon: <MicrophoneIcon />,
      onSelect: () => attempt(client.moderation.askToUnmute(userId)),
    },
    media.camera === 'on' && {
      id: 'camera',
      order: 30,
      label: t('moderation.cameraOff'),
      icon: <CameraIcon off />,
      onSelect: () => attempt(client.moderation.mute(userId, 'camera')),
    },
    {
      id: 'remove',
      order: 100,
      label: t('moderation.remove'),
      icon: <UserMinusIcon />,
      danger: true,
      testId: 'remove-person',
      onSelect: () => openDialog((close) => <RemoveDialog person={person} onClose={close} />),
    },
  ];
}

function notices(before: VisitState, after: VisitState, client: VisitClient): Toast[] {
  const notice = newNotice(before, after, 'unmute_asked', 'muted', 'camera_off');
  if (notice === null) return [];
  const name = notice.by ?? t('call.aHost');
  switch (notice.kind) {
    case 'unmute_asked':
      return [
        {
          id: 'unmute',
          text: t('moderation.unmuteAsked', { name }),
          tone: 'plain',
          stays: true,
          actions: [
            {
              label: t('moderation.unmute'),
              primary: true,
              testId: 'unmute-accept',
              onSelect: () => void client.setOn('microphone', true),
            },
            { label: t('moderation.stayMuted'), testId: 'unmute-decline', onSelect: () => undefined },
          ],
        },
      ];
    case 'muted':
      return [{ id: 'muted', text: t('moderation.wasMuted', { name }), tone: 'plain' }];
    case 'camera_off':
      return [{ id: 'camera', text: t('moderation.wasCameraOff', { name }), tone: 'plain' }];
  }
}

export const moderation: UiFeature = {
  actions: [lock],
  Header: LockedIndicator,
  people: { actions: personActions },
  notices,
  announce: (before, after) =>
    before.room.locked === after.room.locked ? [] : [t(after.room.locked ? 'say.locked' : 'say.unlocked')],
};

import { t } from '../../locales/call.ts';
import type { Notice, VisitState } from '../../sdk/index.ts';
import type { Toast } from '../components/toast-queue.ts';
import { qualityMessage } from '../stage/tile-parts.tsx';

/** Returns the client's newest notice if the change of state brought one of these kinds. */
export function newNotice<K extends Notice['kind']>(
  before: Pick<VisitState, 'notice'>,
  after: Pick<VisitState, 'notice'>,
  ...kinds: readonly K[]
): (Notice & { readonly kind: K }) | null {
  const { notice } = after;
  if (notice === null || notice.id === before.notice?.id) return null;
  return isOf(notice, kinds) ? notice : null;
}

function isOf<K extends Notice['kind']>(notice: Notice, kinds: readonly K[]): notice is Notice & { kind: K } {
  return kinds.some((kind) => kind === notice.kind);
}

/** Notices of the call itself: replaced devices, and the quality of the media. Lost devices have a notice of their own. */
export function coreNotices(before: VisitState, after: VisitState): Toast[] {
  return [...deviceNotices(before, after), ...qualityNotices(before, after)];
}

function deviceNotices(before: VisitState, after: VisitState): Toast[] {
  const notice = newNotice(before, after, 'device_fallback', 'camera_undecodable');
  if (notice === null) return [];
  return notice.kind === 'device_fallback'
    ? [{ id: 'device', text: t('call.deviceFallback'), tone: 'plain' }]
    : [{ id: 'undecodable', text: t('call.ownCameraUndecodable'), tone: 'warning' }];
}

function qualityNotices(before: VisitState, after: VisitState): Toast[] {
  const { mediaMode, saveData, network } = after;
  const cause = network.deviceBusy ? 'device' : 'network';
  const message = qualityMessage(before, after);
  if (message !== null) {
    if (mediaMode === 'full' || saveData) return [{ id: 'quality', text: t(message), tone: 'plain' }];
    return [{ id: 'quality', text: `${t(`quality.cause.${cause}`)} ${t(message)}`, tone: 'warning' }];
  }
  // In a reduced mode, the notice of that mode says more.
  const weakens = network.level === 'poor' && before.network.level !== 'poor' && mediaMode === 'full';
  if (!weakens) return [];
  return [
    { id: 'quality', text: `${t(`quality.cause.${cause}`)} ${t(`quality.help.${cause}`)}`, tone: 'warning' },
  ];
}

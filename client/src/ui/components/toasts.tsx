import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { Notice, VisitClient, VisitState } from '../../sdk/index.ts';
import { CloseIcon } from './call-icons.tsx';
import { AlertIcon } from './icons.tsx';
import { qualityWords } from '../stage/media-quality.ts';
import { useCall } from '../hooks/call.ts';
import type { Toast, ToastQueue } from './toast-queue.ts';
import { useWaitingSince } from '../features/waiting-room/waiting-list.tsx';
import { nameOf } from '../format/names.ts';

/** Notices over the pictures. They are said to screen readers as they come. */
export function Toasts({ toasts }: { toasts: readonly Toast[] }) {
  return (
    <div class="toasts">
      <WaitingToast />
      <div class="toast-list" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <ToastLine key={toast.id} toast={toast} />
        ))}
      </div>
    </div>
  );
}

function ToastLine({ toast: { id, text, tone, actions = [] } }: { toast: Toast }) {
  const { toasts } = useCall();
  const hold = () => toasts.hold(id);
  const release = () => toasts.release(id);
  return (
    <div
      class={`toast toast-${tone}`}
      data-testid="toast"
      data-toast={id}
      onPointerEnter={hold}
      onPointerLeave={release}
      onFocusIn={hold}
      onFocusOut={release}
    >
      {tone === 'warning' && <AlertIcon />}
      <p class="toast-text" dir="auto">
        {text}
      </p>
      <div class="toast-buttons">
        {actions.map(({ label, primary, testId, onSelect }) => (
          <button
            key={label}
            type="button"
            class={`button button-small ${primary ? 'button-primary' : 'button-quiet'}`}
            data-testid={testId}
            onClick={() => {
              toasts.dismiss(id);
              onSelect();
            }}
          >
            {label}
          </button>
        ))}
        {actions.length === 0 && (
          <button
            type="button"
            class="icon-button"
            aria-label={t('call.dismiss')}
            title={t('call.dismiss')}
            onClick={() => toasts.dismiss(id)}
          >
            <CloseIcon />
          </button>
        )}
      </div>
    </div>
  );
}

/** For hosts: who has waited longest, with the answer at hand; the panel has them all. */
function WaitingToast() {
  const { state, host, panel } = useCall();
  const [later, setLater] = useState<ReadonlySet<string>>(new Set());
  const { waitingPeople } = state;
  // Who left and comes again is news.
  useEffect(() => setLater((ids) => stillWaiting(ids, waitingPeople)), [waitingPeople]);
  const [first, ...rest] = waitingPeople.filter(({ userId }) => !later.has(userId));
  if (!host || panel === 'people' || !first) return null;
  const onLater = () => setLater(new Set(state.waitingPeople.map(({ userId }) => userId)));
  return <WaitingLine key={first.userId} person={first} others={rest.length} onLater={onLater} />;
}

function stillWaiting(ids: ReadonlySet<string>, people: VisitState['waitingPeople']): ReadonlySet<string> {
  const kept = [...ids].filter((id) => people.some(({ userId }) => userId === id));
  return kept.length === ids.size ? ids : new Set(kept);
}

/** How long a new person's buttons rest, in milliseconds: a click that was meant for the one before must not reach them. */
const REST_MS = 500;

function useRest(): boolean {
  const [rests, setRests] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setRests(false), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  return rests;
}

interface WaitingLineProps {
  person: VisitState['waitingPeople'][number];
  others: number;
  onLater: () => void;
}

function WaitingLine({ person, others, onLater }: WaitingLineProps) {
  const { client, attempt, togglePanel } = useCall();
  const name = nameOf(person);
  const since = useWaitingSince(person);
  const rests = useRest();
  return (
    <div class="toast toast-waiting" data-testid="waiting-toast" data-user-id={person.userId}>
      <p class="toast-text">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span class="toast-detail">{since}</span>
        {others > 0 && (
          <button type="button" class="link-button" onClick={() => togglePanel('people')}>
            {t('people.othersWait', { count: others })}
          </button>
        )}
      </p>
      <div class="toast-buttons">
        <button
          type="button"
          class="button button-small button-primary"
          data-testid="admit-button"
          disabled={rests}
          aria-label={t('people.admitPerson', { name })}
          onClick={() => attempt(client.waitingRoom.admit(person.userId))}
        >
          {t('people.admit')}
        </button>
        <button
          type="button"
          class="button button-small button-quiet"
          data-testid="decline-button"
          disabled={rests}
          aria-label={t('people.declinePerson', { name })}
          onClick={() => attempt(client.waitingRoom.decline(person.userId))}
        >
          {t('people.decline')}
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={t('people.later')}
          title={t('people.later')}
          disabled={rests}
          onClick={onLater}
        >
          <CloseIcon />
        </button>
      </div>
    </div>
  );
}

/** Turns what the client tells into toasts, each once. */
export function useNotices(client: VisitClient, state: VisitState, toasts: ToastQueue): void {
  const { notice, mediaMode, saveData, network } = state;
  const seen = useRef(notice?.id ?? 0);
  useEffect(() => {
    if (notice === null || notice.id === seen.current) return;
    seen.current = notice.id;
    toasts.show(toastOf(notice, client));
  }, [notice, client, toasts]);
  const quality = useRef({ mediaMode, saveData });
  useEffect(() => {
    const before = quality.current;
    quality.current = { mediaMode, saveData };
    const words = qualityWords(before, quality.current);
    if (words === null) return;
    const tone = mediaMode === 'full' || saveData ? 'plain' : 'warning';
    toasts.show({ id: 'quality', text: t(words), tone });
  }, [mediaMode, saveData, toasts]);
  const level = useRef(network.level);
  useEffect(() => {
    const before = level.current;
    level.current = network.level;
    // What the mode says matters more, and it follows soon.
    if (network.level !== 'poor' || before === 'poor' || mediaMode !== 'full') return;
    toasts.show({ id: 'quality', text: t('quality.weak'), tone: 'warning' });
  }, [network.level, mediaMode, toasts]);
}

function toastOf({ kind, by }: Notice, client: VisitClient): Toast {
  const name = by ?? t('call.aHost');
  switch (kind) {
    case 'unmute_asked':
      return {
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
      };
    case 'muted':
      return { id: 'muted', text: t('moderation.wasMuted', { name }), tone: 'plain' };
    case 'camera_off':
      return { id: 'camera', text: t('moderation.wasCameraOff', { name }), tone: 'plain' };
    case 'share_stopped':
      return { id: 'share', text: t('share.wasStopped', { name }), tone: 'plain' };
    case 'share_ended':
      return { id: 'share', text: t('share.ended'), tone: 'plain' };
    case 'device_lost':
      return { id: 'device', text: t('call.deviceLost'), tone: 'warning' };
    case 'device_fallback':
      return { id: 'device', text: t('call.deviceFallback'), tone: 'plain' };
  }
}

import type { RefObject } from 'preact';
import { t } from '../../locales/call.ts';
import type { CallAction } from '../actions/call-action.ts';
import { NetworkIndicator } from '../components/indicators.tsx';
import { elapsed } from '../format/formatters.ts';
import { useCall } from '../hooks/call.ts';
import { useFeatures } from '../hooks/features.ts';
import { useSeconds } from '../hooks/page.ts';
import { useRegistry } from '../hooks/registry.ts';

/** Above the stage: the visit's title, signs that stay, its duration, the network, and the actions of the header. */
export function CallHeader({ heading }: { heading: RefObject<HTMLHeadingElement | null> }) {
  const call = useCall();
  const { session, startedAt, network, connection } = call.state;
  const actions = useRegistry().available(call);
  const features = useFeatures();
  return (
    <header class="call-header">
      <h1 ref={heading} tabIndex={-1} dir="auto">
        {session?.title ?? t('call.title')}
      </h1>
      <div class="call-lasting-signs">
        {features.map(({ Sign }, index) => Sign && <Sign key={index} isInWindow={false} />)}
      </div>
      <div class="call-header-signs">
        {features.map(({ Header }, index) => Header && <Header key={index} />)}
        {network.level !== null && connection === 'connected' && <NetworkIndicator level={network.level} />}
        {startedAt !== null && <Timer startedAt={startedAt} minutes={session?.durationMinutes ?? null} />}
        {actions
          .filter(({ placement }) => placement.header)
          .map((action) => (
            <HeaderButton key={action.id} action={action} />
          ))}
      </div>
    </header>
  );
}

function HeaderButton({ action }: { action: CallAction }) {
  const call = useCall();
  const panel = useRegistry().panelOf(action.id);
  const label = action.label(call);
  return (
    <button
      ref={(button) => call.anchor(action.id, button)}
      type="button"
      class="header-button"
      data-testid={action.testId}
      aria-label={label}
      title={label}
      aria-expanded={panel ? call.panel === panel.id : undefined}
      onClick={() => action.run(call)}
    >
      {action.icon(call)}
    </button>
  );
}

function Timer({ startedAt, minutes }: { startedAt: number; minutes: number | null }) {
  const now = useSeconds();
  const length = minutes === null ? null : visitLength(startedAt, minutes, now);
  const passed = elapsed(startedAt, now);
  const planned = minutes === null ? null : elapsed(0, minutes * MINUTE_MS);
  return (
    <span
      class="timer"
      data-testid="timer"
      data-length={length?.state}
      role="timer"
      aria-label={t('call.elapsed')}
    >
      <span class="timer-figures">{planned === null ? passed : t('call.timeOf', { passed, planned })}</span>
      {length?.state === 'soon' && (
        <span class="timer-words">{t('call.minutesLeft', { count: length.minutes })}</span>
      )}
      {length?.state === 'over' && <span class="timer-words">{t('call.timeOver')}</span>}
    </span>
  );
}

const MINUTE_MS = 60_000;
const SOON_MINUTES = 5;

export interface VisitLength {
  /** `soon`: the planned end is at most five minutes away; `over`: it has passed. */
  readonly state: 'running' | 'soon' | 'over';
  /** Minutes until the planned end, rounded up, or since the planned end, rounded down. */
  readonly minutes: number;
}

/** Compares a visit with its planned length; times in milliseconds, the length in minutes. */
export function visitLength(startedAt: number, durationMinutes: number, now: number): VisitLength {
  const left = startedAt + durationMinutes * MINUTE_MS - now;
  if (left <= 0) {
    return { state: 'over', minutes: Math.floor((now - startedAt) / MINUTE_MS - durationMinutes) };
  }
  // A visit of five minutes must not count as almost over from its first second.
  const soon = Math.min(SOON_MINUTES, durationMinutes / 3);
  return { state: left <= soon * MINUTE_MS ? 'soon' : 'running', minutes: Math.ceil(left / MINUTE_MS) };
}

import type { RefObject } from 'preact';
import { t } from '../../locales/index.ts';
import { GridIcon, InfoIcon, LockIcon, StageIcon } from '../components/call-icons.tsx';
import { NetworkIndicator } from '../components/indicators.tsx';
import { useCall } from '../hooks/call.ts';
import { elapsed } from '../format/formatters.ts';
import { useSeconds } from '../hooks/page.ts';

/** Above the pictures: which visit this is, how long it lasts, and how the network is. */
export function CallHeader({ heading }: { heading: RefObject<HTMLHeadingElement | null> }) {
  const { state, panel, togglePanel, preferences, prefer } = useCall();
  const { session, startedAt, room, network } = state;
  const grid = preferences.layout === 'grid';
  return (
    <header class="call-header">
      <h1 ref={heading} tabIndex={-1}>
        {session?.title ?? t('call.title')}
      </h1>
      <div class="call-header-signs">
        {room.locked && (
          <span class="sign" role="img" aria-label={t('call.locked')} title={t('call.locked')}>
            <LockIcon />
          </span>
        )}
        {network.level !== null && <NetworkIndicator level={network.level} />}
        {startedAt !== null && <Timer startedAt={startedAt} minutes={session?.durationMinutes ?? null} />}
        {state.participants.length > 1 && (
          <HeaderButton
            testId="layout-toggle"
            label={t(grid ? 'call.layoutSpeaker' : 'call.layoutGrid')}
            onClick={() => prefer({ layout: grid ? 'speaker' : 'grid' })}
          >
            {grid ? <StageIcon /> : <GridIcon />}
          </HeaderButton>
        )}
        <HeaderButton
          testId="info-toggle"
          label={t('info.title')}
          expanded={panel === 'info'}
          onClick={() => togglePanel('info')}
        >
          <InfoIcon />
        </HeaderButton>
      </div>
    </header>
  );
}

interface HeaderButtonProps {
  testId: string;
  label: string;
  expanded?: boolean;
  onClick: () => void;
  children: preact.ComponentChildren;
}

function HeaderButton({ testId, label, expanded, onClick, children }: HeaderButtonProps) {
  return (
    <button
      type="button"
      class="header-button"
      data-testid={testId}
      aria-label={label}
      title={label}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

function Timer({ startedAt, minutes }: { startedAt: number; minutes: number | null }) {
  const now = useSeconds();
  const length = minutes === null ? null : visitLength(startedAt, minutes, now);
  const passed = elapsed(startedAt, now);
  const planned = minutes === null ? null : elapsed(0, minutes * 60_000);
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

/** `soon`: the planned end is at most five minutes away; `over`: it has passed. */
export type LengthState = 'running' | 'soon' | 'over';

export interface VisitLength {
  readonly state: LengthState;
  /** Whole minutes until the planned end, or since it; a part counts as one until, and as none since. */
  readonly minutes: number;
}

const MINUTE = 60_000;
const SOON_MINUTES = 5;

/** How a visit stands against its planned length; times in milliseconds, the length in minutes. */
export function visitLength(startedAt: number, durationMinutes: number, now: number): VisitLength {
  const left = startedAt + durationMinutes * MINUTE - now;
  if (left <= 0) return { state: 'over', minutes: Math.floor((now - startedAt) / MINUTE - durationMinutes) };
  const minutes = Math.ceil(left / MINUTE);
  // A visit of five minutes is not about to end from its first second on.
  const soon = Math.min(SOON_MINUTES, durationMinutes / 3);
  return { state: left <= soon * MINUTE ? 'soon' : 'running', minutes };
}

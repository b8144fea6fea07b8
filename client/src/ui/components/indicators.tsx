import type { NetworkLevel } from '@televisit/shared/vocabulary';
import type { ComponentChildren } from 'preact';
import { t } from '../../locales/call.ts';

/** A small icon with a meaning. */
export function Indicator({
  label,
  icon,
  class: className = '',
}: {
  label: string;
  icon: ComponentChildren;
  class?: string;
}) {
  return (
    <span class={`sign ${className}`} role="img" aria-label={label} title={label}>
      {icon}
    </span>
  );
}

const BARS: Readonly<Record<NetworkLevel, number>> = { good: 3, fair: 2, poor: 1 };

/** The quality of a participant's network, as bars. */
export function NetworkIndicator({ level }: { level: NetworkLevel }) {
  const label = t(`quality.${level}`);
  return (
    <svg class={`bars bars-${level}`} viewBox="0 0 16 14" role="img" aria-label={label}>
      <title>{label}</title>
      {[1, 2, 3].map((bar) => (
        <rect
          key={bar}
          x={(bar - 1) * 5.5 + 0.5}
          y={13 - bar * 4}
          width="4"
          height={bar * 4}
          rx="1"
          class={bar <= BARS[level] ? 'bar-full' : 'bar-empty'}
        />
      ))}
    </svg>
  );
}

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { PauseIcon } from '../components/call-icons.tsx';

interface Props {
  label: string;
  /** The few words under the icon; the label begins with them or is the same, so that they can be spoken to a device. */
  caption: string;
  /** What else there is to know, said after the label. */
  note?: string | null;
  /** Whether what it switches is held back for now. */
  paused?: boolean;
  /** Whether Space on it is held to talk instead of pressing it. */
  pushToTalk?: boolean;
  testId: string;
  onClick: () => void;
  pressed?: boolean | undefined;
  expanded?: boolean | undefined;
  busy?: boolean | undefined;
  tone?: 'plain' | 'off' | 'active' | 'danger';
  badge?: number;
  children: ComponentChildren;
}

/** A button of the bar: an icon with its word below, where there is room for words. */
export function Control(props: Props) {
  const {
    label,
    caption,
    testId,
    onClick,
    pressed,
    expanded,
    busy,
    tone = 'plain',
    badge = 0,
    note = null,
    paused = false,
    pushToTalk = false,
    children,
  } = props;
  const noteId = useId();
  return (
    <button
      type="button"
      class={`bar-control bar-${tone}`}
      data-testid={testId}
      aria-label={label}
      aria-describedby={note === null ? undefined : noteId}
      data-push-to-talk={pushToTalk ? '' : undefined}
      title={note ?? label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-busy={busy}
      onClick={onClick}
    >
      <span class="bar-icon">
        {children}
        {paused && (
          <span class="badge badge-paused" aria-hidden="true">
            <PauseIcon />
          </span>
        )}
        {badge > 0 && (
          <span class="badge" aria-hidden="true">
            {badge > 99 ? '99+' : badge}
          </span>
        )}
      </span>
      <span class="bar-caption" aria-hidden="true">
        {caption}
      </span>
      {note !== null && (
        <span id={noteId} hidden>
          {note}
        </span>
      )}
    </button>
  );
}

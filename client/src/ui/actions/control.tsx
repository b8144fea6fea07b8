import { useId } from 'preact/hooks';
import { PauseIcon } from '../components/call-icons.tsx';
import { MenuButton } from '../components/menu.tsx';
import { useCall } from '../hooks/call.ts';
import { useRegistry } from '../hooks/registry.ts';
import type { CallAction } from './call-action.ts';

/** The button of an action in the toolbar: an icon with a caption below, if there is room for one. */
export function Control({ action }: { action: CallAction }) {
  const call = useCall();
  const { panelOf } = useRegistry();
  const noteId = useId();
  const { id, testId, isPressed, choices, run } = action;
  const panel = panelOf(id);
  const expanded = panel ? call.panel === panel.id : undefined;
  const { tone, busy, badge = 0, note = null, paused = false } = action.look?.(call) ?? {};
  const label = action.label(call);
  const content = (
    <>
      <span class="bar-icon">
        {action.icon(call)}
        {paused && (
          <span class="badge badge-paused" aria-hidden="true">
            <PauseIcon />
          </span>
        )}
        <Badge count={badge} />
      </span>
      <span class="bar-caption" aria-hidden="true">
        {action.caption?.(call) ?? label}
      </span>
    </>
  );
  if (choices) {
    return (
      <MenuButton
        class="bar-control bar-plain"
        label={label}
        entries={choices(call)}
        {...(testId !== undefined && { testId })}
      >
        {content}
      </MenuButton>
    );
  }
  return (
    <button
      ref={(button) => call.anchor(id, button)}
      type="button"
      class={`bar-control bar-${tone ?? (expanded ? 'active' : 'plain')}`}
      data-testid={testId}
      aria-label={label}
      aria-describedby={note === null ? undefined : noteId}
      data-push-to-talk={action.pushToTalk ? '' : undefined}
      title={note ?? label}
      aria-pressed={isPressed?.(call)}
      aria-expanded={expanded}
      aria-busy={busy}
      onClick={() => run(call)}
    >
      {content}
      {note !== null && (
        <span id={noteId} hidden>
          {note}
        </span>
      )}
    </button>
  );
}

/** A number on an icon; nothing for zero. */
export function Badge({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span class="badge" aria-hidden="true">
      {count > 99 ? '99+' : count}
    </span>
  );
}

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { CloseIcon } from '../components/call-icons.tsx';
import { useCall, type PanelName } from '../hooks/call.ts';

/** What stands beside the pictures, or below them on a phone. Escape closes it. */
export function Panel({
  name,
  title,
  children,
}: {
  name: PanelName;
  title: string;
  children: ComponentChildren;
}) {
  const { closePanel } = useCall();
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    const first = panel.current?.querySelector<HTMLElement>('[data-first-focus]');
    // A keyboard on the screen of a phone would hide what the person wants to read.
    const touch = matchMedia('(pointer: coarse)').matches;
    (touch ? heading.current : (first ?? heading.current))?.focus({ preventScroll: true });
  }, [name]);
  return (
    <aside
      ref={panel}
      class="panel"
      data-testid={`${name}-panel`}
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        closePanel();
      }}
    >
      <header class="panel-header">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button
          type="button"
          class="icon-button"
          aria-label={t('call.closePanel')}
          title={t('call.closePanel')}
          onClick={closePanel}
        >
          <CloseIcon />
        </button>
      </header>
      {children}
    </aside>
  );
}

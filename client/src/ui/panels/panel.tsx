import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../../locales/call.ts';
import { CloseIcon } from '../components/call-icons.tsx';
import { useCall } from '../hooks/call.ts';
import { Lazy, useLazy } from '../hooks/lazy.ts';
import type { CallPanel } from './call-panel.ts';
import { InfoPanel } from './info-panel.tsx';
import { PeoplePanel } from './people-panel.tsx';

/** Panels that every call has. */
export const CORE_PANELS: readonly CallPanel[] = [
  {
    id: 'people',
    title: () => t('people.title'),
    opener: 'people',
    component: Lazy.of(PeoplePanel),
  },
  {
    id: 'info',
    title: () => t('info.title'),
    opener: 'info',
    component: Lazy.of(InfoPanel),
  },
];

/** The open panel: beside the stage, or below it on a phone. Escape closes it. */
export function Panel({ panel: { id: name, title, component } }: { panel: CallPanel }) {
  const { closePanel } = useCall();
  const Content = useLazy(component);
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const isLoaded = Content !== null;
  useEffect(() => {
    const first = panel.current?.querySelector<HTMLElement>('[data-first-focus]');
    // On a phone, focusing a text field would open a keyboard over the content.
    const touch = matchMedia('(pointer: coarse)').matches;
    (touch ? heading.current : (first ?? heading.current))?.focus({ preventScroll: true });
  }, [name, isLoaded]);
  return (
    <aside
      ref={panel}
      class="panel"
      data-testid={`${name}-panel`}
      aria-labelledby={id}
      aria-busy={!isLoaded}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        closePanel();
      }}
    >
      <header class="panel-header">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title()}
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
      {Content && <Content />}
    </aside>
  );
}

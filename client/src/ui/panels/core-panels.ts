import { t } from '../../locales/index.ts';
import { Lazy } from '../hooks/lazy.ts';
import type { CallPanel } from './call-panel.ts';

/** Panels that every call has. */
export const CORE_PANELS: readonly CallPanel[] = [
  {
    id: 'people',
    title: () => t('people.title'),
    opener: 'people',
    component: new Lazy(async () => (await import('./people-panel.tsx')).PeoplePanel),
  },
  {
    id: 'info',
    title: () => t('info.title'),
    opener: 'info',
    component: new Lazy(async () => (await import('./info-panel.tsx')).InfoPanel),
  },
];

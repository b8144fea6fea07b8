import { t } from '../../locales/call.ts';
import { Lazy } from '../hooks/lazy.ts';
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

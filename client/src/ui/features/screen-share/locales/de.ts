import type { Messages } from '../../../../locales/index.ts';
import type { en } from './en.ts';

export const de = {
  'people.shares': 'Teilt den Bildschirm',
  'moderation.stopShare': 'Geteilten Bildschirm stoppen',
  'moderation.shareAllowed': 'Alle dürfen einen Bildschirm teilen',
  'share.start': 'Bildschirm teilen',
  'share.stop': 'Teilen stoppen',
  'share.short': 'Teilen',
  'share.stopShort': 'Stoppen',
  'share.of': 'Bildschirm von {name}',
  'share.own': 'Alle sehen Ihren Bildschirm.',
  'share.wasStopped': '{name} hat Ihren geteilten Bildschirm gestoppt.',
  'share.ended': 'Ihr Bildschirm wird nicht mehr geteilt.',
  'share.failed': 'Ihr Bildschirm konnte nicht geteilt werden.',
  'shortcuts.share': 'Bildschirm teilen',
  'say.screen.on': '{name} teilt den Bildschirm',
  'say.screen.off': '{name} teilt den Bildschirm nicht mehr',
} as const satisfies Messages<'de', typeof en>;

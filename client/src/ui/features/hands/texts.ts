import { defineTexts, type Messages } from '../../../locales/index.ts';

const en = {
  'call.hand': 'Hand',
  'call.raiseHand': 'Raise hand',
  'call.lowerHand': 'Lower hand',
  'call.lowerHandShort': 'Lower',
  'people.hands': 'Raised hands ({number})',
  'people.handOrder': 'Hand raised, number {number}',
  'moderation.lowerHand': 'Lower the hand',
  'shortcuts.hand': 'Raise or lower your hand',
  'say.hand.up': '{name} raised a hand',
  'say.hand.down': '{name} lowered the hand',
  'say.ownHand.up': 'Your hand is raised',
  'say.ownHand.down': 'Your hand is lowered',
} as const;

const es: Messages<'es', typeof en> = {
  'call.hand': 'Mano',
  'call.raiseHand': 'Levantar la mano',
  'call.lowerHand': 'Bajar la mano',
  'call.lowerHandShort': 'Bajar',
  'people.hands': 'Manos levantadas ({number})',
  'people.handOrder': 'Mano levantada, número {number}',
  'moderation.lowerHand': 'Bajar la mano',
  'shortcuts.hand': 'Levantar o bajar la mano',
  'say.hand.up': '{name} ha levantado la mano',
  'say.hand.down': '{name} ha bajado la mano',
  'say.ownHand.up': 'Su mano está levantada',
  'say.ownHand.down': 'Su mano está bajada',
};

const de: Messages<'de', typeof en> = {
  'call.hand': 'Hand',
  'call.raiseHand': 'Hand heben',
  'call.lowerHand': 'Hand senken',
  'call.lowerHandShort': 'Senken',
  'people.hands': 'Gehobene Hände ({number})',
  'people.handOrder': 'Hand gehoben, Nummer {number}',
  'moderation.lowerHand': 'Hand senken',
  'shortcuts.hand': 'Hand heben oder senken',
  'say.hand.up': '{name} hat die Hand gehoben',
  'say.hand.down': '{name} hat die Hand gesenkt',
  'say.ownHand.up': 'Ihre Hand ist gehoben',
  'say.ownHand.down': 'Ihre Hand ist gesenkt',
};

const fr: Messages<'fr', typeof en> = {
  'call.hand': 'Main',
  'call.raiseHand': 'Lever la main',
  'call.lowerHand': 'Baisser la main',
  'call.lowerHandShort': 'Baisser',
  'people.hands': 'Mains levées ({number})',
  'people.handOrder': 'Main levée, numéro {number}',
  'moderation.lowerHand': 'Baisser la main',
  'shortcuts.hand': 'Lever ou baisser la main',
  'say.hand.up': '{name} a levé la main',
  'say.hand.down': '{name} a baissé la main',
  'say.ownHand.up': 'Votre main est levée',
  'say.ownHand.down': 'Votre main est baissée',
};

const pt: Messages<'pt', typeof en> = {
  'call.hand': 'Mão',
  'call.raiseHand': 'Levantar a mão',
  'call.lowerHand': 'Abaixar a mão',
  'call.lowerHandShort': 'Abaixar',
  'people.hands': 'Mãos levantadas ({number})',
  'people.handOrder': 'Mão levantada, número {number}',
  'moderation.lowerHand': 'Abaixar a mão',
  'shortcuts.hand': 'Levantar ou abaixar a mão',
  'say.hand.up': '{name} levantou a mão',
  'say.hand.down': '{name} abaixou a mão',
  'say.ownHand.up': 'Sua mão está levantada',
  'say.ownHand.down': 'Sua mão está abaixada',
};

const ar: Messages<'ar', typeof en> = {
  'call.hand': 'رفع اليد',
  'call.raiseHand': 'رفع اليد',
  'call.lowerHand': 'خفض اليد',
  'call.lowerHandShort': 'خفض اليد',
  'people.hands': 'الأيدي المرفوعة ({number})',
  'people.handOrder': 'اليد مرفوعة، الرقم {number}',
  'moderation.lowerHand': 'خفض اليد',
  'shortcuts.hand': 'رفع يدك أو خفضها',
  'say.hand.up': '{name}: رُفعت اليد',
  'say.hand.down': '{name}: خُفضت اليد',
  'say.ownHand.up': 'يدك مرفوعة',
  'say.ownHand.down': 'تم خفض يدك',
};

export const { texts, t } = defineTexts({ en, es, de, fr, pt, ar });

export const en = {
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
} as const;

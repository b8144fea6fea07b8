export const en = {
  'announcement.title': 'Message from the clinic',
  'announcement.say': 'Message from the clinic: {text}',
  'announcement.close': 'Close this message',
} as const;

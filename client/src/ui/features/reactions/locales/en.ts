export const en = {
  'reactions.title': 'React',
  'reactions.short': 'React',
  'reactions.thumbs_up': 'Thumbs up',
  'reactions.heart': 'Heart',
  'reactions.clap': 'Applause',
  'reactions.laugh': 'Laughing',
  'reactions.surprise': 'Surprised',
  'reactions.sad': 'Sad',
  'say.reaction': '{name}: {reaction}',
} as const;

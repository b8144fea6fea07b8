export const en = {
  'feedback.title': 'How was your visit?',
  'feedback.star': '{count} of {total} stars',
  'feedback.worst': 'Poor',
  'feedback.best': 'Very good',
  'feedback.comment': 'Anything to add? (optional)',
  'feedback.reader': 'Your answer goes to the clinic.',
  'feedback.left': { one: '{count} character left', other: '{count} characters left' },
  'feedback.send': 'Send feedback',
  'feedback.choose': 'Please choose 1 to 5 stars first.',
  'feedback.failed': 'This could not be sent. Please try again.',
  'feedback.refused': 'Feedback on this visit can no longer be sent from here.',
  'feedback.thanks': 'Thank you for your feedback!',
} as const;
